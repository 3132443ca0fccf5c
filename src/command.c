#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <paths.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "leash.h"
#include "signals.h"

#define PREFIX	   "BPFSTATSD_"
#define PREFIX_LEN (sizeof(PREFIX) - 1)

/* The variables that we add; the numbers are written anew for each run. */
enum variable {
	V_EVENT,
	V_RULE,
	V_INTERFACE,
	V_EVENTS,
	V_COUNT,
	V_TOTAL,
	V_N
};

/* Room for a name, "=", and 64 bits; a name of a source comes on top. */
#define VARIABLE_SIZE ((size_t)64)

extern char **environ;

static int
executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EACCES;
		return -1;
	}
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS);
}

/* The one of dir/name, or name in the working directory when dir is empty. */
static char *
join(const char *dir, size_t len, const char *name)
{
	char *path;
	size_t size = len + strlen(name) + 2;

	if ((path = malloc(size)) == NULL)
		return NULL;
	if (len == 0)
		snprintf(path, size, "%s", name);
	else
		snprintf(path, size, "%.*s/%s", (int)len, dir, name);
	return path;
}

/* execvp(3)'s search: the first that can be executed, EACCES over ENOENT. */
static char *
find(const char *name)
{
	const char *dir, *path = getenv("PATH");
	char *candidate;
	size_t len;
	int error = ENOENT;

	if (path == NULL)
		path = _PATH_DEFPATH;
	if (strchr(name, '/') != NULL || name[0] == '\0')
		path = "";
	for (dir = path;; dir += len + 1) {
		len = strcspn(dir, ":");
		if ((candidate = join(dir, len, name)) == NULL)
			return NULL;
		if (executable(candidate) == 0)
			return candidate;
		if (errno == EACCES)
			error = EACCES;
		free(candidate);
		if (dir[len] == '\0')
			break;
	}
	errno = error;
	return NULL;
}

static int
build_env(struct command *c, const char *event, const char *interface)
{
	char *text;
	size_t i, n = 0, kept = 0, size = VARIABLE_SIZE + strlen(interface);

	while (environ[n] != NULL)
		n++;
	/* One block: the vector, then what our own variables point to. */
	c->c_env = calloc(1, (V_N + n + 1) * sizeof(char *) + V_N * size);
	if (c->c_env == NULL)
		return -1;
	text = (char *)(c->c_env + V_N + n + 1);
	for (i = 0; i < V_N; i++)
		c->c_env[i] = text + i * size;
	for (i = 0; i < n; i++)
		if (strncmp(environ[i], PREFIX, PREFIX_LEN) != 0)
			c->c_env[V_N + kept++] = environ[i];
	snprintf(c->c_env[V_EVENT], size, PREFIX "EVENT=%s", event);
	snprintf(c->c_env[V_RULE], size, PREFIX "RULE=%s", interface);
	snprintf(c->c_env[V_INTERFACE], size, PREFIX "INTERFACE=%s", interface);
	return 0;
}

int
command_init(struct command *c, char *const *argv, const char *event,
    const char *interface)
{
	memset(c, 0, sizeof(*c));
	c->c_argv = argv;
	c->c_null = -1;
	if ((c->c_path = find(argv[0])) == NULL)
		return -1;
	if (build_env(c, event, interface) == -1)
		goto fail;
	c->c_null = open(_PATH_DEVNULL, O_RDONLY | O_CLOEXEC);
	if (c->c_null == -1)
		goto fail;
	return 0;
fail:
	command_free(c);
	return -1;
}

void
command_free(struct command *c)
{
	if (c->c_null != -1)
		close(c->c_null);
	free(c->c_path);
	free(c->c_env);
	c->c_path = NULL;
	c->c_env = NULL;
	c->c_null = -1;
}

/* Does not return.  Nothing here may touch the memory of the parent. */
static void
child(const struct command *c, const struct leash *leash, int report)
{
	int error;

	if (setpgid(0, 0) == 0 && leash_hold(leash) == 0 &&
	    dup2(c->c_null, STDIN_FILENO) != -1 && signals_reset() == 0)
		execve(c->c_path, c->c_argv, c->c_env);
	error = errno;
	while (write(report, &error, sizeof(error)) == -1 && errno == EINTR)
		;
	_exit(127);
}

static void
describe(const struct command *c, const struct occasion *oc)
{
	snprintf(c->c_env[V_EVENTS], VARIABLE_SIZE, PREFIX "EVENTS=%" PRIu64,
	    oc->oc_events);
	snprintf(c->c_env[V_COUNT], VARIABLE_SIZE, PREFIX "COUNT=%" PRIu64,
	    oc->oc_count);
	snprintf(c->c_env[V_TOTAL], VARIABLE_SIZE, PREFIX "TOTAL=%" PRIu64,
	    oc->oc_total);
}

/* Waits for the exec, whose success closes the pipe, or for its errno. */
static int
outcome(int report, pid_t pid)
{
	int error = 0, tries = 0;
	ssize_t n;

	/* To ask again is better than to end a command that may run. */
	do {
		n = read(report, &error, sizeof(error));
	} while (n == -1 && ++tries < 3);
	if (n == 0)
		return 0;
	if (n == -1)
		error = errno;
	/* A child that we cannot ask is ended, and its run tried again. */
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	errno = error;
	return -1;
}

int
command_spawn(const struct command *c, const struct occasion *oc,
    const struct leash *leash, pid_t *pid)
{
	sigset_t all, old;
	pid_t child_pid;
	int error, pair[2], result, tries;

	describe(c, oc);
	if (pipe2(pair, O_CLOEXEC) == -1)
		return -1;
	/* No handler may run in the child: it has our memory. */
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &old) == -1) {
		error = errno;
		close(pair[0]);
		close(pair[1]);
		errno = error;
		return -1;
	}
	/* A copy of our page tables would cost more than all the rest. */
	child_pid = vfork();
	if (child_pid == 0)
		child(c, leash, pair[1]); /* NOLINT(*-unix.Vfork) */
	error = errno;
	close(pair[1]);
	errno = error;
	result = child_pid == -1 ? -1 : outcome(pair[0], child_pid);
	error = errno;
	close(pair[0]);
	/* Deaf to signals we could not go on. */
	for (tries = 0; tries < 3; tries++)
		if (sigprocmask(SIG_SETMASK, &old, NULL) == 0)
			break;
	errno = error;
	*pid = child_pid;
	return result;
}
