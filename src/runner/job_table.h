/* All triggers in the runner, by their numbers. */
#ifndef JOB_TABLE_H
#define JOB_TABLE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/job.h"

struct conf_rules;
struct match;

struct tasks {
	struct conf_rules *tk_rules; /* held */
	struct task *tk_list;
	size_t tk_n;
	size_t tk_all; /* with those behind them of rules that are no more */
	int tk_null;   /* the commands' standard input, of all of them */
};

/*
 * Makes the commands of all rules ready; dry: there are none.  0, or -1, having
 * said why.  tasks_close also after a failure.
 */
int tasks_open(struct tasks *, struct conf_rules *, bool dry);
void tasks_close(struct tasks *);

/*
 * Other rules: makes ready what the tasks before do not have, as the match
 * says.  0; or -1, having said why and closed it.
 */
int tasks_open_next(struct tasks *next, struct conf_rules *,
    const struct tasks *before, const struct match *);

/* They are not to be. */
void tasks_forget(struct tasks *next);

/* They are in force: what stays goes on, and other runs are ended. */
void tasks_replace(struct tasks *, struct tasks *next, const struct match *,
    uint64_t now, uint64_t grace);

/*
 * From now on this process can execute their commands, with others those of
 * other rules, too, remove a file (NULL: none), and change nothing else.
 */
void tasks_confine(const struct tasks *, const char *file, bool others);

/* Whether the trigger is one of rules that are no more. */
bool tasks_is_left(const struct tasks *, const struct task *);

/* The run of such a one is over, and so is it: another may have its place. */
void tasks_let_go(struct tasks *, struct task *);

/* Whose run it is; NULL for nobody's. */
struct task *tasks_find(const struct tasks *, pid_t);

/* Whether there is a run, and whether waitpid(2) will tell of one. */
bool tasks_running(const struct tasks *);
bool tasks_expect(const struct tasks *);

/* Ends all runs, see run_end. */
void tasks_end(struct tasks *, uint64_t now, uint64_t grace);

/* When run_tick is wanted next. */
uint64_t tasks_deadline(const struct tasks *);

#endif
