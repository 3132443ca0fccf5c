/*
 * One run of a command, and how it is ended: SIGTERM to its process group,
 * SIGKILL a grace later.  A run that was left alone is over when its command
 * is; one that was ended, when its whole group is gone.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

enum run_state {
	RUN_NONE,
	RUN_ON,
	RUN_ENDING,   /* SIGTERM was sent */
	RUN_KILLED,   /* SIGKILL was sent */
	RUN_LINGERING /* the command is gone, of its group some are left */
};

struct run {
	enum run_state r_state;
	pid_t r_pid; /* process and group */
	int r_status;
	uint64_t r_started;
	uint64_t r_kill_at;
	uint64_t r_look_at; /* when to look at the group again */
};

/* All times are nanoseconds of clock_now(). */

void run_begin(struct run *, pid_t, uint64_t now);

/* Asks it to end.  Again: only makes the grace shorter. */
void run_end(struct run *, uint64_t now, uint64_t grace);

/* waitpid(2) gave this status for r_pid.  True when the run is over. */
bool run_reaped(struct run *, int status, uint64_t now);

/* To be called at run_deadline at the latest.  True when the run is over. */
bool run_tick(struct run *, uint64_t now);

/* CLOCK_NEVER when there is nothing to wait for but SIGCHLD. */
uint64_t run_deadline(const struct run *);

#endif
