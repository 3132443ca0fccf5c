/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Users and groups, for all priv_SYSTEM.c.  Failures end the process with a
 * message.
 */
#ifndef PRIV_USER_H
#define PRIV_USER_H

#include <sys/types.h>

struct priv;

/* Sets real, effective and saved ids; supplementary groups stay. */
void priv_user_become(uid_t, gid_t);

/* Root becomes the watcher's user, without supplementary groups. */
void priv_user_watcher(const struct priv *);

/* Becomes the commands' user, with all groups of that user. */
void priv_user_commands(const struct priv *);

/*
 * Exits if a user other than root can become root again.  Call after dropping
 * the capabilities.
 */
void priv_user_check(void);

/* In priv_SYSTEM.c: forbids other processes of the user to trace this one. */
void priv_user_opaque(void);

#endif
