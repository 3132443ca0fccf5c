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
struct source;

struct priv {
	bool p_change; /* whether the commands' user is another one */
	char p_user[64];
	uid_t p_uid; /* the commands' */
	gid_t p_gid;
	uid_t p_watcher_uid; /* used when started by root */
	gid_t p_watcher_gid;
};

/*
 * user: -u, a name or a number, or NULL.  NULL, or what is wrong with it; the
 * text is for after "-u: user: ".
 */
const char *priv_lookup(struct priv *, const char *user);

/*
 * The watcher: another user when root may change it, no capability, nothing to
 * gain, and of all system calls those alone with which it waits for
 * descriptors, reads the clock, talks with the runner and asks the source, or
 * reads a savefile, which takes memory, too: this descriptor, -1 for none, and
 * no source then.
 */
void priv_watcher(const struct priv *, const struct order_ends *,
    const struct source *, int savefile);

/* What compiles filters: as the watcher, but for the system calls. */
void priv_compiler(const struct priv *);

/* The runner: the commands' user, and no capability but to end them. */
void priv_runner(const struct priv *);

#endif
