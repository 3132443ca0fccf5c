/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/order.h"
#include "runner/runner_internal.h"
#include "runner/sdnotify.h"
#include "runner/shutdown.h"

/* Time after SIGKILL until the runner exits without the process. */
#define GIVE_UP (2 * CLOCK_S)

/*
 * Time for the watcher's exit to release one source: Linux takes 20 ms or more
 * to free a packet socket, and a source has several.
 */
#define RELEASE (250 * CLOCK_MS)

void
shutdown_begin(struct runner *r, int status, uint64_t grace)
{
	if (r->ru_stopping)
		return;
	r->ru_stopping = true;
	sdnotify_stopping();
	r->ru_exit = status;
	r->ru_give_up =
	    r->ru_now + grace + GIVE_UP + r->ru_reload.re_sources * RELEASE;
	r->ru_drop = r->ru_give_up;
	job_table_end(&r->ru_jobs, r->ru_now, grace);
}

void
shutdown_now(struct runner *r, int status, uint64_t grace)
{
	order_close(&r->ru_ends);
	shutdown_begin(r, status, grace);
}

void
shutdown_after_lines(struct runner *r, int status)
{
	r->ru_ending = true;
	r->ru_exit = status;
}

void
shutdown_fatal(struct runner *r, const char *object)
{
	log_warn("%s", object);
	shutdown_now(r, 1, GRACE_SHORT);
}

/* No run is left: gives the watcher and the reader a short time. */
static void
dismiss(struct runner *r)
{
	uint64_t until =
	    r->ru_now + GRACE_SHORT + r->ru_reload.re_sources * RELEASE;

	if (r->ru_give_up > until)
		r->ru_give_up = until;
	if (r->ru_drop > r->ru_now + GRACE_SHORT)
		r->ru_drop = r->ru_now + GRACE_SHORT;
	/* Statistics that were asked for are still awaited. */
	if (r->ru_stats.sq_answers == 0)
		order_close(&r->ru_ends);
}

bool
shutdown_step(struct runner *r)
{
	bool runs = job_table_running(&r->ru_jobs);

	if (r->ru_ending && !r->ru_lines)
		shutdown_now(r, r->ru_exit, GRACE_SHORT);
	if (!r->ru_stopping)
		return false;
	if (!runs && r->ru_watcher == 0 && !r->ru_lines)
		return true;
	if (r->ru_now >= r->ru_give_up) {
		log_warnx("giving up on processes that do not exit");
		return true;
	}
	if (!runs)
		dismiss(r);
	return false;
}

uint64_t
shutdown_deadline(const struct runner *r)
{
	if (!r->ru_stopping)
		return CLOCK_NEVER;
	return r->ru_lines && r->ru_drop < r->ru_give_up ? r->ru_drop :
							   r->ru_give_up;
}
