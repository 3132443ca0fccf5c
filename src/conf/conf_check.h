/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Checks a rules file beyond its syntax, for -n. */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include <stdbool.h>

struct conf;

/*
 * Looks for the commands of all rules, with the rights of the user who would
 * run them where the caller can have these: root becomes that user for good.
 * Returns false after a message for each command that cannot be executed.
 */
bool conf_check_commands(const struct conf *);

#endif
