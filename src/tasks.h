/* All triggers in the runner, by their numbers. */
#ifndef TASKS_H
#define TASKS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task.h"

struct conf_rules;

struct tasks {
	struct task *tk_list;
	size_t tk_n;
	int tk_null; /* the commands' standard input, of all of them */
};

/*
 * Makes the commands of all rules ready, dry: there are none.  0, or -1,
 * having said why.  tasks_close also after a failure.
 */
int tasks_open(struct tasks *, const struct conf_rules *, bool dry);
void tasks_close(struct tasks *);

/*
 * From now on this process can execute their commands, remove a file (NULL:
 * none), and change nothing else.
 */
void tasks_confine(const struct tasks *, const char *file);

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
