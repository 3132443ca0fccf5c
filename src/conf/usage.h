/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Help, and the end after a wrong command line. */
#ifndef USAGE_H
#define USAGE_H

/* Prints the options and exits with 0. */
void usage_help(void) __attribute__((noreturn));

/* Prints the problem and one line of usage, and exits with 2. */
void usage(const char *, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
