/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Arguments of a process that becomes a watcher. */
#ifndef WATCHER_ARGS_H
#define WATCHER_ARGS_H

struct conf;
struct conf_rules;
struct order_ends;
struct priv;
struct source_set;

struct watcher_args {
	const struct conf *wa_conf;
	const struct conf_rules *wa_rules;
	const struct source_set *wa_sources;
	int wa_savefile; /* descriptor to read instead of the sources, or -1 */
	const struct order_ends *wa_ends;
	const struct priv *wa_priv;
};

#endif
