/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Marks of the keys of a table; see KEY_TABLE_MARKS. */
#ifndef KEY_TABLE_MARKS_H
#define KEY_TABLE_MARKS_H

#include <stdint.h>

struct key_entry;
struct key_table;

/*
 * Count for a key, all of it at kt_now.  The first returns the events of a
 * rate; the second arms the key of a below, or puts off its event.
 */
uint64_t key_table_marks_rate(
    const struct key_table *, struct key_entry *, uint64_t count);
void key_table_marks_below(
    struct key_table *, struct key_entry *, uint64_t count);

/* Returns how many marks a count since the fresh start has left. */
uint64_t key_table_marks_left(uint64_t count, uint64_t step);

#endif
