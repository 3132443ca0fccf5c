/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Arguments of a process that becomes a watcher, from main or the opener. */
#ifndef WATCHER_ARGS_H
#define WATCHER_ARGS_H

#include <stddef.h>

struct conf;
struct conf_diff;
struct conf_rules;
struct order_ends;
struct priv;
struct source_set;

/* New numbers of the previous watcher's sources and triggers. */
struct handover {
	const size_t
	    *ho_sources;    /* by old number: new one, or CONF_DIFF_NONE */
	size_t ho_nsources; /* old sources */
	const struct conf_diff *ho_diff; /* rules and triggers */
};

struct watcher_args {
	const struct conf *wa_conf;
	const struct conf_rules *wa_rules;
	const struct source_set *wa_sources;
	int wa_savefile; /* descriptor to read instead of the sources, or -1 */
	const struct order_ends *wa_ends;
	const struct priv *wa_priv;
	const struct handover *wa_handover; /* NULL: the first watcher */
};

#endif
