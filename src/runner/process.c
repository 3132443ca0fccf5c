#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "runner/process.h"

/* No signal tells that the last of a group is gone, so we look. */
#define LOOK (20 * CLOCK_MS)

static void
signal_group(const struct run *r, int sig)
{
	int result = kill(-r->r_pid, sig);

	/*
	 * The command may have left its group; its number is still its own.
	 * EPERM is also what macOS says of a group of zombies.
	 */
	if (result == -1 && (errno == ESRCH || errno == EPERM) &&
	    r->r_state != RUN_LINGERING)
		result = kill(r->r_pid, sig);
	if (result == -1 && errno != ESRCH)
		log_warn("pid %d: kill", (int)r->r_pid);
}

static bool
group_left(const struct run *r)
{
	return kill(-r->r_pid, 0) == 0;
}

void
run_begin(struct run *r, pid_t pid, uint64_t now)
{
	memset(r, 0, sizeof(*r));
	r->r_state = RUN_ON;
	r->r_pid = pid;
	r->r_started = now;
	r->r_kill_at = CLOCK_NEVER;
}

void
run_end(struct run *r, uint64_t now, uint64_t grace)
{
	switch (r->r_state) {
	case RUN_ON:
		r->r_state = RUN_ENDING;
		signal_group(r, SIGTERM);
		/* What is stopped cannot end. */
		signal_group(r, SIGCONT);
		/* FALLTHROUGH */
	case RUN_ENDING:
	case RUN_LINGERING:
		if (now + grace < r->r_kill_at)
			r->r_kill_at = now + grace;
		break;
	default:
		break;
	}
}

bool
run_reaped(struct run *r, int status, uint64_t now)
{
	r->r_status = status;
	if (r->r_state == RUN_ENDING && group_left(r)) {
		r->r_state = RUN_LINGERING;
		r->r_look_at = now + LOOK;
		return false;
	}
	r->r_state = RUN_NONE;
	return true;
}

bool
run_tick(struct run *r, uint64_t now)
{
	if (r->r_state == RUN_ENDING && now >= r->r_kill_at) {
		signal_group(r, SIGKILL);
		r->r_state = RUN_KILLED;
	}
	if (r->r_state != RUN_LINGERING)
		return false;
	if (group_left(r)) {
		if (now < r->r_kill_at) {
			r->r_look_at = now + LOOK;
			return false;
		}
		signal_group(r, SIGKILL);
	}
	r->r_state = RUN_NONE;
	return true;
}

uint64_t
run_deadline(const struct run *r)
{
	switch (r->r_state) {
	case RUN_ENDING:
		return r->r_kill_at;
	case RUN_LINGERING:
		return r->r_look_at < r->r_kill_at ? r->r_look_at :
						     r->r_kill_at;
	default:
		return CLOCK_NEVER;
	}
}
