/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* TAP and the network, for programs that test the model. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>

/* Print a result; is: compares numbers.  done: the plan; returns 1 on failure.
 */
void ok(bool, const char *what);
void is(long long got, long long wanted, const char *what);
int done(void);

/* Runs the program in $OFFER with up to five arguments. */
void offer(
    const char *, const char *, const char *, const char *, const char *);
/* The same after 200 ms, without waiting for the end. */
void offer_later(const char *, const char *, const char *);

#endif
