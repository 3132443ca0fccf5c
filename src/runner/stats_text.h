/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Writes the lines of ipc/stats_proto.h. */
#ifndef STATS_TEXT_H
#define STATS_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct job;
struct order_key;

/* Bytes that each of these writes at most, with the final 0. */
#define STATS_TEXT_PART ((size_t)1024)

/*
 * Write the first two lines, and the line of a trigger.  Return the length.
 * uptime is in ns; now is clock_now().
 */
size_t stats_text_head(char *buf, uint64_t uptime, uint64_t wakeups,
    const char *const *columns, size_t n);
size_t stats_text_row(char *buf, const struct job *, uint64_t now);

/* Write the line of a trigger's table, and that of a key; as before. */
size_t stats_text_keys(char *buf, const struct job *);
size_t stats_text_key(
    char *buf, const struct job *, const struct order_key *, uint64_t now);

#endif
