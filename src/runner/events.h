/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Prints a line for the events of a run, with -p and -n, and has runs without a
 * command.  While standard output has no room, a job keeps one line, whose
 * events and counts are added up: a slow reader gets fewer lines, those of
 * several keys without a key, and the sum of events is exact.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>

struct job;
struct order_start;
struct runner;

/* Must be called first. */
void events_open(const struct runner *);

/* Sets the time of a start to print, unless it is the time of a savefile. */
void events_stamp(const struct runner *, struct order_start *);

/* A run has started: prints its line, or keeps it. */
void events_print(struct runner *, struct job *, const struct order_start *);

/*
 * Has a run that consists of its line, for a trigger without a command and with
 * -n.  Without -n the run ends, and is reported, with the line; of the
 * condition while, with events_end().
 */
void events_run(struct runner *, struct job *, const struct order_start *);
void events_end(struct runner *, struct job *);

/* With -n: returns false if orders must wait until there is room again. */
bool events_room(const struct runner *);

/*
 * Writes as much as standard output takes now; drops the rest, and logs that,
 * from ru_drop on.  Sets ru_lines.  Ends the daemon if the reader is gone, and
 * after an error.
 */
void events_flush(struct runner *);

/* Takes the result of stream_poll(). */
void events_polled(struct runner *, short revents);

#endif
