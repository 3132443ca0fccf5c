/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The processes of a run, and how a run is ended: SIGTERM or another signal to
 * the process group, SIGKILL after a grace.  A run ends when its command exits;
 * a run that the runner ends lasts until its whole process group is gone. Times
 * are ns of clock_now().
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

enum process_state {
	PROCESS_NONE,
	PROCESS_ON,
	PROCESS_ENDING,	  /* pc_signal was sent */
	PROCESS_KILLED,	  /* SIGKILL was sent */
	PROCESS_LINGERING /* the command has exited, its group has not */
};

struct process {
	enum process_state pc_state;
	pid_t pc_pid;  /* process and group */
	int pc_signal; /* ends the run */
	int pc_status; /* of waitpid(2), once the command has exited */
	uint64_t pc_started;
	uint64_t pc_kill_at; /* time of SIGKILL */
	uint64_t pc_look_at; /* time of the next look at the group */
};

/* sig ends the run; 0: SIGTERM. */
void process_begin(struct process *, pid_t, int sig, uint64_t now);

/*
 * Sends the signal that ends the run; SIGKILL follows grace ns later.  A
 * repeated call can only shorten the grace.
 */
void process_end(struct process *, uint64_t now, uint64_t grace);

/* Takes the status of waitpid(2).  Returns true if the run has ended. */
bool process_reaped(struct process *, int status, uint64_t now);

/* Must be called at process_deadline().  Returns true if the run has ended. */
bool process_tick(struct process *, uint64_t now);

/* Returns the time of process_tick(); CLOCK_NEVER: only SIGCHLD can come. */
uint64_t process_deadline(const struct process *);

#endif
