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

struct job {
	struct conf_rules *jb_rules; /* held, for the next two */
	const struct conf_rule *jb_rule;
	const struct conf_trigger *jb_trigger;
	struct command jb_command;
	struct pdeath jb_pdeath;
	struct process jb_process;
	bool jb_spawn_failed;	    /* the last start did */
	struct command_info jb_for; /* what the last run stands for */
	uint32_t jb_untold; /* order_type that the watcher is to get; 0 */
	/* For the user. */
	uint64_t jb_runs;
	uint64_t jb_failures; /* of runs and of starts */
	bool jb_ended;	      /* a run has, with jb_last */
	int jb_last;	      /* as waitpid(2) gives it */
	struct interface_log
	    jb_news; /* of the interface, in its first trigger */
	struct order_stats jb_stats; /* what the watcher has last told */
};

/* What it is called in the log: its rule's name, or else its interface. */
const char *job_name(const struct job *);

/* For a trigger of the rules, which it holds until job_close. */
void job_init(struct job *, struct conf_rules *, const struct conf_rule *,
    const struct conf_trigger *);

/* Makes the command ready, with null as its standard input.  0; -1, having said
 * why. */
int job_open(struct job *, int null);
void job_close(struct job *);

/*
 * The same trigger in other rules: *to, which is not open, has all that *from
 * had, which is open no more.
 */
void job_move(struct job *to, struct job *from);

/* Whether an order to start makes sense. */
bool job_may_start(const struct job *, const struct order_start *);

/*
 * Starts it and says so.  0; or -1 when it could not be started, and in *fatal
 * whether no waiting can mend that.
 */
int job_start(
    struct job *, const struct order_start *, uint64_t now, bool *fatal);

/*
 * At the end of a run: true, having logged why, when it was none because its
 * execve(2) failed late.
 */
bool job_failed(struct job *);

/*
 * The run is over.  Says so, loudly only when that is news.  0, or -1 and
 * errno.
 */
int job_over(struct job *, uint64_t now, bool quiet);

#endif
