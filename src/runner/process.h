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

enum process_state {
	PROCESS_NONE,
	PROCESS_ON,
	PROCESS_ENDING,	  /* SIGTERM was sent */
	PROCESS_KILLED,	  /* SIGKILL was sent */
	PROCESS_LINGERING /* the command is gone, of its group some are left */
};

struct process {
	enum process_state pc_state;
	pid_t pc_pid; /* process and group */
	int pc_status;
	uint64_t pc_started;
	uint64_t pc_kill_at;
	uint64_t pc_look_at; /* when to look at the group again */
};

/* All times are nanoseconds of clock_now(). */

void process_begin(struct process *, pid_t, uint64_t now);

/* Asks it to end.  Again: only makes the grace shorter. */
void process_end(struct process *, uint64_t now, uint64_t grace);

/* waitpid(2) gave this status for pc_pid.  True when the run is over. */
bool process_reaped(struct process *, int status, uint64_t now);

/* To be called at process_deadline at the latest.  True when the run is over.
 */
bool process_tick(struct process *, uint64_t now);

/* CLOCK_NEVER when there is nothing to wait for but SIGCHLD. */
uint64_t process_deadline(const struct process *);

#endif
