/* Starts a trigger's command. */
#ifndef COMMAND_H
#define COMMAND_H

#include <sys/types.h>

#include <stdint.h>

struct leash;

/* A command that is ready to be started over and over. */
struct command {
	char *const *c_argv;
	char *c_path; /* found once */
	char **c_env; /* the daemon's own and BPFSTATSD_* */
	int c_null;   /* what it gets as standard input; the caller's */
	volatile int *c_error; /* where a child leaves its errno */
};

/* What a run is told about itself. */
struct occasion {
	uint64_t oc_events; /* that it stands for */
	uint64_t oc_count;  /* packets they stand for */
	uint64_t oc_total;  /* packets so far */
};

/*
 * Finds argv[0] as execvp(3) would and prepares the environment; event, rule
 * and interface are its BPFSTATSD_EVENT, _RULE and _INTERFACE.
 * argv is kept, and null, which is /dev/null.  0, or -1 and errno: ENOENT or
 * EACCES when there is nothing that the caller may execute.
 */
int command_init(struct command *, char *const *argv, int null,
    const char *event, const char *rule, const char *interface);
void command_free(struct command *);

/*
 * Starts it: a session of its own without a terminal, its process group held by
 * the leash, default signals, /dev/null, the caller's stdout and stderr, and no
 * other descriptor.
 * Returns when it has been executed.  0 and its process id, or -1 and errno;
 * then there may be a child that ends, for waitpid(2).  To be called with those
 * signals blocked that have handlers.
 */
int command_spawn(const struct command *, const struct occasion *,
    const struct leash *, pid_t *);

#endif
