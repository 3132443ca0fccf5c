/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Hints for a command that cannot be executed. */
#ifndef HINT_H
#define HINT_H

#include <stddef.h>

/* Bytes for a hint. */
#define HINT_SIZE ((size_t)256)

struct conf_rule;

/*
 * Guesses why the first word of a command names no program, and writes advice
 * that begins with "; ", or an empty text.
 */
void hint_command(
    const struct conf_rule *, char *const *argv, char *, size_t len);

#endif
