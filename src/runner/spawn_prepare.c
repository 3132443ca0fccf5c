/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <unistd.h>

#include "base/output.h"
#include "base/signals.h"
#include "priv/process_env.h"
#include "runner/pdeath.h"
#include "runner/spawn.h"

int
spawn_prepare(const struct spawn *sp)
{
	/* A new session: the command cannot type into our terminal. */
	if (setsid() != -1 && pdeath_hold(&sp->sp_pdeath) == 0 &&
	    dup2(sp->sp_null, STDIN_FILENO) != -1 && output_restore() == 0 &&
	    process_env_restore() == 0 && signals_reset() == 0)
		return 0;
	return errno;
}
