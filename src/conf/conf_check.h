/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Checks that the commands of rules can be executed. */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/symtab.h"

/* Size of a buffer for the reason of conf_check_find(). */
#define CONF_CHECK_WHY 4096

struct conf;
struct conf_rule;
struct conf_rules;

/*
 * Finds the file of a command, which blocks while its file system does not
 * answer.  Commands in the set were found before and are not looked up again.
 * Returns the path, in memory of the rules; or NULL and errno as
 * executable_find(), and the reason as a message.
 */
const char *conf_check_find(name_set *found, struct conf_rules *,
    const struct conf_rule *, char *const *argv, char *why, size_t len);

/*
 * For -n: looks for the commands of all rules, with the rights of the user who
 * would run them where the caller can have these: root becomes that user for
 * good.  Returns false after a message for each command that cannot be
 * executed.
 */
bool conf_check_commands(const struct conf *);

#endif
