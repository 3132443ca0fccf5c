/* How a process of ours becomes a watcher. */
#ifndef WATCHER_START_H
#define WATCHER_START_H

struct conf;
struct conf_rules;
struct handover;
struct order_ends;
struct priv;
struct source_set;

struct watcher_args {
	const struct conf *wa_conf;
	const struct conf_rules *wa_rules;
	const struct source_set *wa_sources;
	int wa_savefile; /* in the place of sources; -1: there is none */
	const struct order_ends *wa_ends;
	const struct priv *wa_priv;
	const struct handover *wa_handover; /* NULL: it is the first one */
};

/* Confines the process, then watches until the end. */
void watcher_start(const struct watcher_args *) __attribute__((noreturn));

#endif
