/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Checks that the commands of rules can be executed. */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* Size of a buffer for the reason of conf_check_find(). */
#define CONF_CHECK_WHY 4096

struct conf;
struct conf_rule;

/*
 * Finds the file of a command, which blocks while its file system does not
 * answer.  Returns the path, owned by the caller; or NULL and errno as
 * executable_find(), and the reason as a message.
 */
char *conf_check_find(
    const struct conf_rule *, char *const *argv, char *why, size_t len);

/*
 * For -n: looks for the commands of all rules, with the rights of the user who
 * would run them where the caller can have these: root becomes that user for
 * good.  Returns false after a message for each command that cannot be
 * executed.
 */
bool conf_check_commands(const struct conf *);

#endif
