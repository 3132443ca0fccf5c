/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "runner/process.h"

/* Interval of looks at a group: no signal reports that a group is gone. */
#define LOOK (20 * CLOCK_MS)

static void
signal_group(const struct process *p, int sig)
{
	int result = kill(-p->pc_pid, sig);

	/*
	 * The command may have left its group, so try its process id, which is
	 * not reused before waitpid(2).  macOS gives EPERM for a group of
	 * zombies.
	 */
	if (result == -1 && (errno == ESRCH || errno == EPERM) &&
	    p->pc_state != PROCESS_LINGERING)
		result = kill(p->pc_pid, sig);
	if (result == -1 && errno != ESRCH)
		log_warn("pid %d: kill", (int)p->pc_pid);
}

static bool
group_left(const struct process *p)
{
	return kill(-p->pc_pid, 0) == 0;
}

void
process_begin(struct process *p, pid_t pid, int sig, uint64_t now)
{
	memset(p, 0, sizeof(*p));
	p->pc_state = PROCESS_ON;
	p->pc_pid = pid;
	p->pc_signal = sig == 0 ? SIGTERM : sig;
	p->pc_started = now;
	p->pc_kill_at = CLOCK_NEVER;
}

void
process_end(struct process *p, uint64_t now, uint64_t grace)
{
	switch (p->pc_state) {
	case PROCESS_ON:
		p->pc_state = PROCESS_ENDING;
		signal_group(p, p->pc_signal);
		/* A stopped process handles no signal. */
		signal_group(p, SIGCONT);
		/* FALLTHROUGH */
	case PROCESS_ENDING:
	case PROCESS_LINGERING:
		if (now + grace < p->pc_kill_at)
			p->pc_kill_at = now + grace;
		break;
	default:
		break;
	}
}

bool
process_reaped(struct process *p, int status, uint64_t now)
{
	p->pc_status = status;
	if (p->pc_state == PROCESS_ENDING && group_left(p)) {
		p->pc_state = PROCESS_LINGERING;
		p->pc_look_at = now + LOOK;
		return false;
	}
	p->pc_state = PROCESS_NONE;
	return true;
}

bool
process_tick(struct process *p, uint64_t now)
{
	if (p->pc_state == PROCESS_ENDING && now >= p->pc_kill_at) {
		signal_group(p, SIGKILL);
		p->pc_state = PROCESS_KILLED;
	}
	if (p->pc_state != PROCESS_LINGERING)
		return false;
	if (group_left(p)) {
		if (now < p->pc_kill_at) {
			p->pc_look_at = now + LOOK;
			return false;
		}
		signal_group(p, SIGKILL);
	}
	p->pc_state = PROCESS_NONE;
	return true;
}

uint64_t
process_deadline(const struct process *p)
{
	switch (p->pc_state) {
	case PROCESS_ENDING:
		return p->pc_kill_at;
	case PROCESS_LINGERING:
		return p->pc_look_at < p->pc_kill_at ? p->pc_look_at :
						       p->pc_kill_at;
	default:
		return CLOCK_NEVER;
	}
}
