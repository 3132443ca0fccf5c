/* A trigger in the runner: its command, and the run of it that there is. */
#ifndef JOB_H
#define JOB_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "ipc/order.h"
#include "runner/command.h"
#include "runner/interface_log.h"
#include "runner/pdeath.h"
#include "runner/process.h"

struct conf_rule;
struct conf_rules;
struct conf_trigger;

struct task {
	struct conf_rules *ta_rules; /* held, for the next two */
	const struct conf_rule *ta_rule;
	const struct conf_trigger *ta_trigger;
	struct command ta_command;
	struct leash ta_leash;
	struct run ta_run;
	bool ta_spawn_failed;	/* the last start did */
	struct occasion ta_for; /* what the last run stands for */
	uint32_t ta_untold;	/* order_type that the watcher is to get; 0 */
	/* For the user. */
	uint64_t ta_runs;
	uint64_t ta_failures;  /* of runs and of starts */
	bool ta_ended;	       /* a run has, with ta_last */
	int ta_last;	       /* as waitpid(2) gives it */
	struct news ta_news;   /* of the interface, in its first trigger */
	struct order ta_stats; /* what the watcher has last told */
};

/* What it is called in the log: its rule's name, or else its interface. */
const char *task_name(const struct task *);

/* For a trigger of the rules, which it holds until task_close. */
void task_init(struct task *, struct conf_rules *, const struct conf_rule *,
    const struct conf_trigger *);

/* Makes the command ready, with null as its standard input.  0; -1, having said
 * why. */
int task_open(struct task *, int null);
void task_close(struct task *);

/*
 * The same trigger in other rules: *to, which is not open, has all that *from
 * had, which is open no more.
 */
void task_move(struct task *to, struct task *from);

/* Whether an order to start makes sense. */
bool task_may_start(const struct task *, const struct order *);

/*
 * Starts it and says so.  0; or -1 when it could not be started, and in *fatal
 * whether no waiting can mend that.
 */
int task_start(struct task *, const struct order *, uint64_t now, bool *fatal);

/*
 * At the end of a run: true, having logged why, when it was none because its
 * execve(2) failed late.
 */
bool task_failed(struct task *);

/*
 * The run is over.  Says so, loudly only when that is news.  0, or -1 and
 * errno.
 */
int task_over(struct task *, uint64_t now, bool quiet);

#endif
