/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The line of a run's events on standard output, see -p and -n. */
#ifndef EVENT_LINE_H
#define EVENT_LINE_H

#include <stddef.h>

#include "conf/conf.h"
#include "runner/stream.h"

struct command_cause;
struct order_start;

#define EVENT_LINE_SIZE STREAM_LINE

/*
 * Formats a line; os_time is set.  CONF_PRINT_NONE: the line of text without
 * the names.  Returns the length; no final 0 is written.
 */
size_t event_line(char buf[EVENT_LINE_SIZE], enum conf_print,
    const struct command_cause *, const struct order_start *);

#endif
