/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A trigger in the runner: its command and the current run of the command.  A
 * trigger with `by` and several runs at a time has a job for each, one after
 * the other in an array, of which the first has the statistics.
 */
#ifndef JOB_H
#define JOB_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "conf/symtab.h"
#include "ipc/order.h"
#include "runner/command.h"
#include "runner/interface_log.h"
#include "runner/process.h"

struct conf_rule;
struct conf_rules;
struct conf_trigger;

/* Statistics of a trigger, in its first job. */
struct job_sums {
	bool js_spawn_failed; /* the last start failed */
	bool js_ended;	      /* a run has ended, with status js_last */
	int js_last;	      /* status of waitpid(2) */
	uint64_t js_runs;
	uint64_t js_failures;	     /* failed runs and failed starts */
	struct order_stats js_stats; /* the watcher's last statistics */
	uint64_t js_full;	     /* time of the last job_full() line */
};

struct job {
	struct hash_link jb_link;    /* job table: in jt_running */
	struct conf_rules *jb_rules; /* held, as owner of the next two */
	const struct conf_rule *jb_rule;
	const struct conf_trigger *jb_trigger;
	uint32_t jb_number;   /* o_trigger */
	uint32_t jb_run;      /* o_run */
	struct job *jb_first; /* of the trigger */
	struct command jb_command;
	struct process jb_process;
	bool jb_listed; /* job table: in jt_timed */
	bool jb_stays;	/* new rules: job_move() moves the old job here */
	struct order_start jb_start; /* of the last run */
	struct order_start jb_line;  /* not printed yet; os_events 0: none */
	bool jb_lasts;		     /* a run without a command lasts */
	bool jb_held;		     /* jb_start waits, see job_table_holds() */
	uint32_t jb_unsent; /* report for the watcher, an order_type; 0: none */
	struct job_sums jb_sums;	       /* used in jb_first */
	struct interface_log jb_interface_log; /* used in a rule's first job */
};

/* Returns the name for the log: that of the rule, or else of the interface. */
const char *job_name(const struct job *);

/* Returns the values of a command's variables; the texts are the rule's. */
struct command_cause job_cause(const struct job *);

/*
 * Initializes the job of a trigger for one of its runs; holds the rules until
 * job_close().
 */
void job_init(struct job *, struct conf_rules *, const struct conf_rule *,
    const struct conf_trigger *, uint32_t number, uint32_t run);

/* Initializes a removed job, which job_move() then moves here. */
void job_init_removed(struct job *, const struct job *from);

/* Returns the trigger's job with the longest run; NULL: none runs. */
const struct job *job_longest(const struct job *first);

/*
 * Returns true if the command must be looked up: there is one, and the old
 * rules do not have the job.
 */
bool job_is_new(const struct job *);

/* As conf_check_find(), for the job's command. */
const char *job_find(
    const struct job *, name_set *found, char *why, size_t len);

/*
 * Prepares the command at the path, with null as standard input.  Returns 0; or
 * -1, having logged why.
 */
int job_open(struct job *, const char *path, int null);

/* Frees the job, and can be called again. */
void job_close(struct job *);

/*
 * Returns true if the event loop must look at the job: it has a deadline, see
 * job_deadline(), a report for the watcher or a line to print.
 */
bool job_waits(const struct job *);

/*
 * Returns the time of the next process_tick() or interface_log_tick();
 * CLOCK_NEVER: none.
 */
uint64_t job_deadline(const struct job *);

/*
 * Moves command, run and statistics to the job of the same trigger and run in
 * new rules.  *to must not be open; *from is not open afterwards.
 */
void job_move(struct job *to, struct job *from);

/* Returns true if the watcher may order this start now. */
bool job_may_start(const struct job *, const struct order_start *);

/*
 * Starts a run and logs it.  Returns 0; or -1 if the start failed, with *fatal
 * set if a later start would fail, too.
 */
int job_start(
    struct job *, const struct order_start *, uint64_t now, bool *fatal);

/* After job_start(): returns true if execve(2) hangs, and may fail later. */
bool job_late(const struct job *);

/*
 * Checks at the end of a run if its execve(2) has failed late.  Returns true
 * then, having logged why: the run was none.
 */
bool job_failed(struct job *);

/*
 * Logs that the trigger's table of keys is full.  Nothing so soon after the
 * last such line that a sound watcher sends no ORDER_FULL.
 */
void job_full(struct job *, const struct order_full *, uint64_t now);

/*
 * Logs the end of a run; as a warning if it failed, the status differs from
 * that of the run before, and quiet is false.  Returns 0, or -1 and errno if
 * the parent-death signal could not be released.
 */
int job_over(struct job *, uint64_t now, bool quiet);

#endif
