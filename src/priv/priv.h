/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Privileges.  Names are looked up first, while files can be read; then each
 * process drops the rights that it does not need, for good.  Functions other
 * than priv_user_lookup and priv_source end the process with a message when
 * they fail, so no process runs with more rights than intended.
 */
#ifndef PRIV_H
#define PRIV_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#define PRIV_USER "_bpfstatsd"

struct order_ends;

struct priv {
	bool p_setuid; /* started set-user-ID, with the file's rights */
	bool p_change; /* change to the commands' user; root only */
	char p_user[64];
	uid_t p_uid; /* the commands' user and group */
	gid_t p_gid;
	uid_t p_watcher_uid; /* the watcher's user, if started by root */
	gid_t p_watcher_gid;
};

/*
 * Call first.  If started set-user-ID or set-group-ID, makes the caller the
 * effective user and group and forbids tracing.  Returns true if so started.
 */
bool priv_setuid_begin(void);

/* If started set-user-ID: takes the file's rights, to open a source. */
void priv_setuid_raise(void);

/*
 * Gives the file's rights back until the next priv_setuid_raise, for work that
 * needs none of them.  Returns true if they were raised.
 */
bool priv_setuid_lower(void);

/* If started set-user-ID: becomes the caller for good.  May be repeated. */
void priv_setuid_caller(void);

/*
 * Looks up the commands' user, a name or a number; NULL: the caller.  Returns
 * NULL, or an error to print after "user: ".
 */
const char *priv_user_lookup(struct priv *, const char *user);

/*
 * Becomes the watcher: another user if started by root, no capability, no
 * regained rights, and only the system calls for poll, the clock, the runner,
 * the sources and the opener, if there is one; on some systems less is
 * possible, see priv_SYSTEM.c.  notice: descriptor to read notices of
 * interfaces from; savefile: to read instead of sources; -1: none.  memory:
 * allocates memory, as with an opener or a savefile in any case.  The numbers
 * of all sources are higher than those of the other descriptors.
 */
void priv_watcher(const struct priv *, const struct order_ends *, int notice,
    int savefile, bool memory);

/*
 * Becomes the control process: confined as the watcher, but may accept, write
 * to and close connections, and read from the runner.
 */
void priv_control(
    const struct priv *, const int *listen_fds, size_t n, int runner_fd);

/*
 * Becomes the filter compiler: the watcher's user, and may look up names.  The
 * caller ends the compiler when a filter takes longer than this, in seconds.
 */
#define PRIV_COMPILER_SECONDS 30
void priv_compiler(const struct priv *);

/*
 * Limits a source's descriptor to the watcher's operations.  Returns 0, or -1
 * and errno.
 */
int priv_source(int fd);

/* Becomes the runner: the commands' user; as root keeps CAP_KILL (Linux). */
void priv_runner(const struct priv *);

/*
 * The runner's files.  Allow, first, each command or any command (a reload may
 * name others), and the file to remove at exit; priv_exec_confine then forbids
 * all other files.
 */
void priv_exec_allow(const char *path);
void priv_exec_allow_any(void);
void priv_exec_confine(void);

/*
 * Returns true if the runner can still read any file: not where it may execute
 * its own commands and nothing else.
 */
bool priv_exec_reads(void);

/* See priv_exec_allow. */
void priv_exec_remove(const char *path);

/*
 * Becomes the opener: the user who started the daemon, with the right to open
 * sources; no file can be executed or written (Linux, OpenBSD).  files: may
 * read files; otherwise the working directory is that of the devices, and no
 * other file can be opened.
 */
void priv_opener(bool files);

#endif
