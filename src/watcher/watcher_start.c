/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/signals.h"
#include "conf/conf.h"
#include "priv/priv.h"
#include "source/source_set.h"
#include "watcher/handover.h"
#include "watcher/replay.h"
#include "watcher/watcher.h"
#include "watcher/watcher_start.h"

/*
 * Compiled without the address sanitizer: before a call that does not return,
 * the sanitizer makes a system call that priv_watcher does not allow.
 */
__attribute__((no_sanitize_address)) void
watcher_start(const struct watcher_args *wa)
{
	static struct watcher *w; /* never freed */
	struct priv_fds file = {
		.pf_look = -1, .pf_ask = -1, .pf_savefile = wa->wa_savefile
	};
	struct priv_fds *fds =
	    NULL; /* descriptors of the sources; NULL: `file` */
	size_t n = 1;

	if (signals_block() == -1)
		err(1, "signals");
	if (wa->wa_savefile == -1) {
		n = wa->wa_sources->so_n;
		if ((fds = source_set_fds(wa->wa_sources)) == NULL)
			err(1, "sources");
		w = watcher_new(
		    wa->wa_rules, wa->wa_sources, wa->wa_ends, wa->wa_handover);
		if (w == NULL)
			err(1, "watcher");
	}
	priv_watcher(wa->wa_priv, wa->wa_ends, fds != NULL ? fds : &file, n);
	free(fds);
	/* _exit: no handler of exit(3) may run in the watcher. */
	if (wa->wa_savefile != -1)
		_exit(replay_run(wa->wa_conf, wa->wa_savefile, wa->wa_ends));
	if (handover_ready(wa->wa_ends) == -1)
		_exit(1);
	_exit(watcher_run(w));
}
