/*
 * Privileges: names are looked up first, while files can be read; then each of
 * the two processes drops what it does not need, for good.  Failures of all
 * but priv_lookup end the process with a message: there is no going on with
 * more privileges than intended.
 */
#ifndef PRIV_H
#define PRIV_H

#include <sys/types.h>

#include <stdbool.h>

#define PRIV_USER "_bpfstatsd"

struct order_ends;

struct priv {
	bool p_change; /* whether the commands' user is another one */
	char p_user[64];
	uid_t p_uid; /* the commands' */
	gid_t p_gid;
	uid_t p_watcher_uid; /* used when started by root */
	gid_t p_watcher_gid;
};

/* What the watcher counts by; -1 for what there is not. */
struct priv_fds {
	int pf_source;	 /* that it may ask */
	int pf_look;	 /* that it may read, and then follow an interface */
	int pf_savefile; /* that it may read, which takes memory, too */
};

/*
 * user: -u, a name or a number, or NULL.  NULL, or what is wrong with it; the
 * text is for after "-u: user: ".
 */
const char *priv_lookup(struct priv *, const char *user);

/*
 * The watcher: another user when root may change it, no capability, nothing to
 * gain, and of all system calls those alone with which it waits for
 * descriptors, reads the clock, talks with the runner and asks its source.
 */
void priv_watcher(
    const struct priv *, const struct order_ends *, const struct priv_fds *);

/* What compiles filters: as the watcher, but for the system calls. */
void priv_compiler(const struct priv *);

/* The runner: the commands' user, and no capability but to end them. */
void priv_runner(const struct priv *);

#endif
