/*
 * Privileges: names are looked up first, while files can be read; then each of
 * the processes drops what it does not need, for good.  Failures of all but
 * priv_user_lookup and priv_source end the process with a message: there is no
 * going on with more privileges than intended.
 */
#ifndef PRIV_H
#define PRIV_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/* Descriptors that one source counts by, at most. */
#define PRIV_SOCKETS 4

#define PRIV_USER "_bpfstatsd"

struct order_ends;

struct priv {
	bool p_setuid; /* started set-user-ID: the rights are the file's */
	bool p_change; /* to the commands' user, which only root can */
	char p_user[64];
	uid_t p_uid; /* the commands' */
	gid_t p_gid;
	uid_t p_watcher_uid; /* used when started by root */
	gid_t p_watcher_gid;
};

/* What the watcher counts by, for each source; -1 for what there is not. */
struct priv_fds {
	int pf_sources[PRIV_SOCKETS]; /* that it may ask */
	size_t pf_count;
	int pf_look; /* that it may read, and then bind those to an interface */
	int pf_ask;  /* by which it gets a fresh source */
	int pf_savefile; /* that it may read, which takes memory, too */
};

/*
 * First of all: started setuid or setgid, the process is in effect the user
 * who started it from here on, and nobody's to look into.  Whether it was.
 */
bool priv_setuid_begin(void);

/* Started so, to open a source: with the rights of the program's file. */
void priv_setuid_raise(void);

/*
 * Gives the file's rights back until the next priv_setuid_raise, for work that
 * needs none of them.  Returns true if they were raised.
 */
bool priv_setuid_lower(void);

/* Started so: the user who started it, for good.  Again does nothing. */
void priv_setuid_caller(void);

/*
 * user: that of the commands, a name or a number; NULL: who started it.  NULL,
 * or what is wrong with it, for after "user: ".
 */
const char *priv_user_lookup(struct priv *, const char *user);

/*
 * The watcher: another user when root may change it, no capability, nothing to
 * gain, and of all system calls those alone with which it waits for
 * descriptors, reads the clock, talks with the runner and asks its source; or
 * what comes next to that where there is no such means.
 */
void priv_watcher(const struct priv *, const struct order_ends *,
    const struct priv_fds *, size_t n);

/*
 * What tells statistics: as the watcher, but what it does is to accept
 * connections, to send what it hears from the runner, and to close them.
 */
void priv_control(const struct priv *, int listen_fd, int runner_fd);

/*
 * What compiles filters: as the watcher, but names can be looked up, for so
 * many seconds.
 */
#define PRIV_COMPILER_SECONDS 30
void priv_compiler(const struct priv *);

/*
 * What opens devices for an interface that comes back, from its working
 * directory: the right to that is all that it keeps.
 */
void priv_reopen(void);

/*
 * Limits a descriptor of a source to what the watcher does with it.  0, or -1
 * and errno.
 */
int priv_source(int fd);

/* The runner: the commands' user, and no capability but to end them. */
void priv_runner(const struct priv *);

/*
 * The runner, when it has looked its commands up: it may execute this one; or
 * any, to look up those of other rules.  And then: nothing else.
 */
void priv_command(const char *path);
void priv_any_command(void);
void priv_commands(void);

/* Before the last: a file that it removes when it ends. */
void priv_remove(const char *path);

/*
 * Where there is a keeper, see keeper.h: it stays who started us, with what it
 * takes to open sources and no other right, and nothing to execute or write.
 */
void priv_opener(void);

#endif
