/* All triggers in the runner, by their numbers. */
#ifndef JOB_TABLE_H
#define JOB_TABLE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/job.h"

struct conf_rules;
struct conf_diff;

struct job_table {
	struct conf_rules *jt_rules; /* held */
	struct job *jt_list;
	size_t jt_n;
	size_t jt_all; /* with those behind them of rules that are no more */
	int jt_null;   /* the commands' standard input, of all of them */
};

/*
 * Makes the commands of all rules ready; dry: there are none.  0, or -1, having
 * said why.  job_table_close also after a failure.
 */
int job_table_open(struct job_table *, struct conf_rules *, bool dry);
void job_table_close(struct job_table *);

/*
 * Other rules: makes ready what the tasks before do not have, as the match
 * says.  0; or -1, having said why and closed it.
 */
int job_table_open_next(struct job_table *next, struct conf_rules *,
    const struct job_table *before, const struct conf_diff *);

/* They are not to be. */
void job_table_forget(struct job_table *next);

/* They are in force: what stays goes on, and other runs are ended. */
void job_table_replace(struct job_table *, struct job_table *next,
    const struct conf_diff *, uint64_t now, uint64_t grace);

/*
 * From now on this process can execute their commands, with others those of
 * other rules, too, remove a file (NULL: none), and change nothing else.
 */
void job_table_confine(const struct job_table *, const char *file, bool others);

/* Whether the trigger is one of rules that are no more. */
bool job_table_is_left(const struct job_table *, const struct job *);

/* The run of such a one is over, and so is it: another may have its place. */
void job_table_let_go(struct job_table *, struct job *);

/* Whose run it is; NULL for nobody's. */
struct job *job_table_find(const struct job_table *, pid_t);

/* Whether there is a run, and whether waitpid(2) will tell of one. */
bool job_table_running(const struct job_table *);
bool job_table_expect(const struct job_table *);

/* Ends all runs, see process_end. */
void job_table_end(struct job_table *, uint64_t now, uint64_t grace);

/* When process_tick is wanted next. */
uint64_t job_table_deadline(const struct job_table *);

#endif
