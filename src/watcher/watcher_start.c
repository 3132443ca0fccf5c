/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/signals.h"
#include "conf/conf.h"
#include "ipc/order.h"
#include "priv/priv.h"
#include "source/source_set.h"
#include "watcher/replay.h"
#include "watcher/watcher.h"
#include "watcher/watcher_start.h"

/* Returns true if a rule counts by key: each key may need memory. */
static bool
counts_by_key(const struct conf_rules *rules)
{
	size_t i, n = 0;

	for (i = 0; i < rules->cs_nrules; i++)
		n += conf_rule_tables(&rules->cs_rules[i]);
	return n > 0;
}

/*
 * Compiled without the address sanitizer: before a call that does not return,
 * the sanitizer makes a system call that priv_watcher does not allow.
 */
__attribute__((no_sanitize_address)) void
watcher_start(const struct watcher_args *wa)
{
	static struct watcher *w; /* never freed */
	struct source_shared shared;
	uint64_t seed[2];
	int notice = -1;

	if (signals_block() == -1)
		err(1, "signals");
	arc4random_buf(seed, sizeof(seed));
	if (wa->wa_savefile == -1) {
		shared = wa->wa_sources->so_shared;
		source_shared_watch(&shared, wa->wa_ends->oe_opener != -1);
		notice = shared.ss_notice;
		w = watcher_new(
		    wa->wa_rules, wa->wa_sources, wa->wa_ends, seed);
		if (w == NULL)
			err(1, "watcher");
	}
	priv_watcher(wa->wa_priv, wa->wa_ends, notice, wa->wa_savefile,
	    counts_by_key(wa->wa_rules));
	/* _exit: no handler of exit(3) may run in the watcher. */
	if (wa->wa_savefile != -1)
		_exit(replay_run(
		    wa->wa_conf, wa->wa_savefile, wa->wa_ends, seed));
	_exit(watcher_run(w));
}
