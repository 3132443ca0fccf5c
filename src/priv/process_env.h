/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Environment variables and limits that the process inherited from its caller.
 * A set-user-ID program must not trust the variables, which libraries read.
 */
#ifndef PROCESS_ENV_H
#define PROCESS_ENV_H

#include <sys/types.h>

#include <stddef.h>

/*
 * Started set-user-ID: replaces the environment, also that of the commands, by
 * TERM, LANG, a safe PATH, and HOME, USER, LOGNAME and SHELL of the real user's
 * account.  Disables core files.
 */
void process_env_clean(void);

/*
 * For commands of another user: sets HOME, USER, LOGNAME and SHELL to those of
 * that user's account.  Reads the user database, so call it while files can be
 * read.  Exits with a message without memory.
 */
void process_env_account(uid_t);

/*
 * Raises the limit of descriptors to n and some to spare; the commands keep the
 * caller's limit.  Exits with a message if the hard limit is too low.
 */
void process_env_files(size_t n);

/* Raises the limit of descriptors to the hard limit, if possible. */
void process_env_files_all(void);

/*
 * In a child before exec(2): restores the caller's limits, if they were
 * changed.  Async-signal-safe.  Returns 0, or -1 and errno.
 */
int process_env_restore(void);

#endif
