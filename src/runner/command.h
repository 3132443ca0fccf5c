/* Starts a trigger's command. */
#ifndef COMMAND_H
#define COMMAND_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct birth;
struct pdeath;

/* A command that is ready to be started over and over. */
struct command {
	char **c_argv;
	char *c_path; /* found once */
	char **c_env; /* the daemon's own and BPFSTATSD_* */
	int c_null;   /* standard input; the caller's */
	volatile struct birth *c_birth;
};

/* What a run is told about itself. */
struct command_info {
	uint64_t ci_events; /* that it stands for */
	uint64_t ci_count;  /* packets they stand for */
	uint64_t ci_total;  /* packets so far */
};

/*
 * Finds argv[0] as execvp(3) would and prepares the environment; event, rule
 * and interface are its BPFSTATSD_EVENT, _RULE and _INTERFACE.
 * null is a descriptor of /dev/null and is kept.  0, or -1 and errno: ENOENT or
 * EACCES when there is nothing that the caller may execute.
 */
int command_init(struct command *, char *const *argv, int null,
    const char *event, const char *rule, const char *interface);
void command_free(struct command *);

/*
 * Starts it: a session of its own without a terminal, its process group held by
 * the leash, default signals, /dev/null, the caller's stdout and stderr, and no
 * other descriptor.
 * Returns 0 and its process id, or -1 and errno; then there may be a child that
 * ends, for waitpid(2).  An execve(2) that hangs is a run that goes on, and may
 * fail later, see command_failed.  Call with those signals blocked that have
 * handlers.
 */
int command_spawn(const struct command *, const struct command_info *,
    const struct pdeath *, pid_t *);

/*
 * After the end of a run: true, and errno, when it ended because the command
 * could not be executed.
 */
bool command_failed(const struct command *);

/* After command_spawn: true when the execve(2) had not returned by then. */
bool command_late(const struct command *);

#endif
