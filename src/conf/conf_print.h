/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Rules as text, in the canonical form. */
#ifndef CONF_PRINT_H
#define CONF_PRINT_H

#include <stdio.h>

#include "conf/conf.h"

/*
 * Prints rules so that parse_text returns equal rules, and these print as the
 * same text.  A rule without a name gets the name of its interface.  Returns 0,
 * or -1 and errno; EILSEQ for control characters in an argument of the command
 * line, which a rules file cannot contain.
 */
int conf_print(const struct conf_rules *, FILE *);

#endif
