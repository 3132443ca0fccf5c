#include <errno.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/order.h"
#include "runner/runner_internal.h"
#include "runner/sdnotify.h"
#include "runner/shutdown.h"

/* What is still there so long after SIGKILL is left to the kernel. */
#define GIVE_UP (2 * CLOCK_S)

/* Linux takes 20 ms and more to let go of a socket, and a source has some. */
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
	job_table_end(&r->ru_jobs, r->ru_now, grace);
}

void
shutdown_now(struct runner *r, int status, uint64_t grace)
{
	order_close(&r->ru_ends);
	shutdown_begin(r, status, grace);
}

void
shutdown_fatal(struct runner *r, const char *what)
{
	log_warn("%s", what);
	shutdown_now(r, 1, GRACE_SHORT);
}

bool
shutdown_over(const struct runner *r)
{
	if (!r->ru_stopping)
		return false;
	if (!job_table_running(&r->ru_jobs) && r->ru_watcher == 0)
		return true;
	if (r->ru_now < r->ru_give_up)
		return false;
	log_warnx("something does not end, leaving it");
	return true;
}

/* Once the watcher alone is left. */
void
shutdown_dismiss(struct runner *r)
{
	uint64_t until =
	    r->ru_now + GRACE_SHORT + r->ru_reload.re_sources * RELEASE;

	if (r->ru_give_up > until)
		r->ru_give_up = until;
	/* It may have to answer yet. */
	if (r->ru_stats.sq_answers == 0)
		order_close(&r->ru_ends);
}
