/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Lines for standard output, which output_open_stdout() has opened.  No call
 * waits for the reader: lines that the reader does not take now are kept as
 * long as there is room.  Times are ns of clock_now().
 */
#ifndef STREAM_H
#define STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a line, at most. */
#define STREAM_LINE ((size_t)2048)

/* Must be called first. */
void stream_open(void);

/* Drops all lines, and those to come.  Returns how many are lost now. */
size_t stream_close(void);

/* Returns true if no line is kept. */
bool stream_empty(void);

/* Returns true if there is room for n lines, at most 32. */
bool stream_room(size_t n);

/* Adds a line, for which there is room. */
void stream_add(const char *, size_t len);

/*
 * Writes as much as standard output takes now.  Returns 0, or -1 and errno:
 * EPIPE if the reader is gone.
 */
int stream_flush(uint64_t now);

/* Fills in what to poll; fd is -1: nothing. */
void stream_poll(struct pollfd *, uint64_t now);

/* Takes the result of poll(2).  Returns false if the reader is gone. */
bool stream_polled(short revents);

/* Returns the time at which to poll again, or CLOCK_NEVER. */
uint64_t stream_deadline(uint64_t now);

#endif
