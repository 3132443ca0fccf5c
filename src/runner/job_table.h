/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The jobs of the runner, by the numbers of their triggers and their runs.  An
 * event costs the same with any number of jobs: jobs with a process are found
 * by its id, and jobs that wait for a time or for the watcher have a list.
 */
#ifndef JOB_TABLE_H
#define JOB_TABLE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "runner/job.h"

struct conf_rules;
struct conf_diff;
struct unix_listen;

struct job_table {
	struct conf_rules *jt_rules; /* held */
	struct job *jt_list;   /* jobs in force, then removed jobs; not moved */
	struct job **jt_first; /* first job of each trigger, by its number */
	size_t jt_triggers;
	size_t jt_n;		/* jobs in force */
	size_t jt_all;		/* all jobs in jt_list */
	struct hash jt_running; /* jobs with a process, by its id */
	struct job **jt_timed;	/* jobs that wait, see job_waits() */
	size_t jt_ntimed;
	int jt_null; /* /dev/null, standard input of all commands */
};

/*
 * Prepares the commands of all rules; dry: none is prepared.  Returns 0; or -1,
 * having logged why.  Call job_table_close() in both cases.
 */
int job_table_open(struct job_table *, struct conf_rules *, bool dry);
void job_table_close(struct job_table *);

/*
 * Makes the table of new rules.  Jobs that the table before does not have, by
 * the diff, are not open yet.  Returns 0; or -1, having logged why and freed
 * the new table.
 */
int job_table_next(struct job_table *next, struct conf_rules *,
    const struct job_table *before, const struct conf_diff *);

/*
 * Work of a child, see worker.h: finds the commands of the new jobs, and writes
 * their paths with a 0 behind each.  Behind them there is a message if one
 * cannot be found.
 */
bool job_table_look_up(FILE *, const void *next);

/*
 * Returns the first new job without a path in a text of job_table_look_up, or
 * NULL; and in why the text behind the paths.
 */
const struct job *job_table_missing(const struct job_table *next,
    const char *text, size_t len, const char **why);

/*
 * Prepares the commands of the new jobs at these paths.  Returns 0; or -1,
 * having logged why.
 */
int job_table_open_next(struct job_table *next, const char *paths);

/* Frees the table of new rules after a failed reload. */
void job_table_forget(struct job_table *next);

/*
 * Installs the new table: unchanged jobs continue, the runs of removed jobs are
 * ended, with SIGKILL grace ns later.
 */
void job_table_replace(struct job_table *, struct job_table *next,
    const struct conf_diff *, uint64_t now, uint64_t grace);

/*
 * Confines this process, where the system can: it may execute these commands
 * (others: any command, for new rules) and remove these n files (a path may be
 * NULL).
 */
void job_table_confine(const struct job_table *, const struct unix_listen *,
    size_t n, bool others);

/* Returns true for a job of removed rules. */
bool job_table_is_removed(const struct job_table *, const struct job *);

/*
 * Returns true if a removed job of a rule of the same name still runs: commands
 * of a rule never overlap, also when the rule changes.
 */
bool job_table_holds(const struct job_table *, const struct job *);

/* Frees a removed job that neither runs nor has a line to print. */
void job_table_leave(struct job_table *, struct job *);

/* Must be called after the start of a run, and after its end. */
void job_table_started(struct job_table *, struct job *);
void job_table_ended(struct job_table *, struct job *);

/* Must be called when a job begins to wait, see job_waits(). */
void job_table_wait(struct job_table *, struct job *);

/* Takes jobs that no longer wait off the list. */
void job_table_tidy(struct job_table *);

/* Returns the job of a running process; NULL: none. */
struct job *job_table_find(const struct job_table *, pid_t);

/*
 * Return true if any job runs, and if any run has a process that waitpid(2)
 * has not reported yet.
 */
bool job_table_running(const struct job_table *);
bool job_table_expect(const struct job_table *);

/* End one run, and all runs, see process_end(). */
void job_table_end_run(
    struct job_table *, struct job *, uint64_t now, uint64_t grace);
void job_table_end(struct job_table *, uint64_t now, uint64_t grace);

/* Returns the first deadline of all jobs; CLOCK_NEVER: none. */
uint64_t job_table_deadline(const struct job_table *);

#endif
