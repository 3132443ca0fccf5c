/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A condition turns a growing count of packets or bytes into events:
 *
 *   every  an event for each cn_count
 *   rate   an event when cn_count come within any cn_time; then starts at zero
 *   idle   an event when nothing came for cn_time; armed by the next packet
 *
 * Pure: no clock, no I/O, no allocation, no globals.  Times are nanoseconds
 * on one monotonic clock, UINT64_MAX is never.
 */
#ifndef CONDITION_H
#define CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Looks of a rate within cn_time.  The promised precision is 1/32; the surplus
 * pays for timers that fire late.
 */
#define CONDITION_PARTS 36

enum condition_kind {
	CONDITION_EVERY,
	CONDITION_RATE,
	CONDITION_IDLE,
	CONDITION_BELOW,
	CONDITION_AFTER,
	CONDITION_CALM,
	CONDITION_WHILE,
	CONDITION_KINDS
};

/* Packets beyond ca_seen came later than ca_time. */
struct condition_anchor {
	uint64_t ca_time;
	uint64_t ca_seen;
};

struct condition {
	enum condition_kind cn_kind;
	uint64_t cn_count;
	uint64_t cn_time;
	uint64_t cn_seen;     /* count at the last call */
	uint64_t cn_consumed; /* every: count, idle: silences of past events */
	uint64_t cn_last;     /* idle: time of the last packet */
	bool cn_armed;	      /* idle: packets came after the last event */
	bool cn_vague;	      /* idle: cn_last is the time of a look */
	uint64_t cn_called;   /* rate: time of the last call */
	uint64_t cn_rest;     /* time of the next look; 0: the next packet */
	size_t cn_first;      /* rate: index of the oldest anchor */
	size_t cn_anchors;    /* rate: anchors in use */
	struct condition_anchor cn_anchor[CONDITION_PARTS + 4];
};

/* One reading of a source, which reads sm_seen first and sm_last last. */
struct condition_sample {
	uint64_t sm_seen;     /* packets or bytes so far */
	uint64_t sm_last;     /* time of the last packet; UINT64_MAX: unknown */
	uint64_t sm_silences; /* idle: ended silences; UINT64_MAX: unknown */
	uint64_t sm_woke;     /* time at which the count reached
				 condition_next; 0: has not,
				 UINT64_MAX: unknown */
};

/*
 * count: 1 to UINT64_MAX, 0 for idle; time: 1 or more, 0 for every.  Counting
 * starts at `seen`.  An idle condition is armed.
 */
void condition_init(struct condition *, enum condition_kind, uint64_t count,
    uint64_t time, uint64_t seen, uint64_t now);

/*
 * Returns the events that have come due since the last call.  An event of
 * every or rate stands for cn_count packets or bytes, an event of idle for 0.
 *
 * rate: cn_count came within cn_time, however late the call, unless sm_woke is
 * unknown.  If calls are in time, cn_count within 31/32 of cn_time are always
 * an event, at most cn_time / 32 after the last packet.
 *
 * idle: with sm_silences, each silence is an event.  Without, a silence that
 * ended before the call is an event only if a single packet has ended it.  If
 * sm_last is unknown as well, only a silence that lasts cn_time / 32 longer is
 * always found, and the event is late by cn_time / 32.
 */
uint64_t condition_take(
    struct condition *, const struct condition_sample *, uint64_t now);

/*
 * Returns true if `sum` packets or bytes can be that many events, at least one,
 * of a condition with this count; false for a count that condition_init() does
 * not take.
 */
bool condition_fits(
    enum condition_kind, uint64_t count, uint64_t events, uint64_t sum);

/* Returns the count that requires a call of condition_take. */
uint64_t condition_next(const struct condition *);

/* Returns the time that requires a call, whatever the count is. */
uint64_t condition_deadline(const struct condition *);

#endif
