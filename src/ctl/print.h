/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: prints a reply for programs.  Check ferror(3) afterwards. */
#ifndef PRINT_H
#define PRINT_H

#include <stdio.h>

struct keys;
struct reply;

/* Prints one JSON object; each trigger is an object on one line. */
void print_json(const struct reply *, FILE *);

/* Prints one JSON object; each key of the rule is an object on one line. */
void print_json_keys(const struct keys *, const char *rule, FILE *);

/* Prints OpenMetrics text, for Prometheus. */
void print_metrics(const struct reply *, FILE *);

#endif
