/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A condition turns a growing count of packets or bytes into events:
 *
 *   every  an event for each cn_count
 *   rate   an event when cn_count come within any cn_time; then starts at zero
 *   idle   an event when nothing came for cn_time; armed by the next packet
 *   below  an event when fewer than cn_count came within the last cn_time;
 *          armed when cn_count come within any cn_time
 *   after  an event for a packet that follows a silence of cn_time, and for the
 *          first of all packets
 *   calm   counts the events of another trigger: an event when none came for
 *          cn_time; armed by the next one
 *   while  an event when packets came, and an end when none came for cn_time
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

/* Packets up to ca_seen came until ca_last, others later than ca_time. */
struct condition_anchor {
	uint64_t ca_time;
	uint64_t ca_last; /* below */
	uint64_t ca_seen;
};

struct condition {
	enum condition_kind cn_kind;
	uint64_t cn_count;
	uint64_t cn_time;
	uint64_t cn_seen;     /* count at the last call */
	uint64_t cn_consumed; /* every: count, idle, after: silences, of past
				 events */
	uint64_t cn_last;     /* time of the last packet */
	uint64_t cn_when;     /* see condition_when */
	/*
	 * The next event is possible.  idle, below, calm: what the last event
	 * announced is over; after: the next packet is an event; while: packets
	 * came, and the silence is not complete.
	 */
	bool cn_armed;
	bool cn_vague;	    /* cn_last is the time of a look */
	uint64_t cn_ahead;  /* idle, after: until then, cn_consumed counts one
			       silence more than the source; 0: does not,
			       UINT64_MAX: until the next packet */
	uint64_t cn_called; /* rate, below: time of the last call */
	uint64_t cn_rest;   /* time of the next look; 0: the next packet */
	size_t cn_first;    /* rate, below: index of the oldest anchor */
	size_t cn_anchors;  /* rate, below: anchors in use */
	struct condition_anchor cn_anchor[CONDITION_PARTS + 4];
};

/* One reading of a source, which reads sm_seen first and sm_last last. */
struct condition_sample {
	uint64_t sm_seen;     /* packets or bytes so far; calm: events */
	uint64_t sm_last;     /* time of the last one; UINT64_MAX: unknown */
	uint64_t sm_silences; /* idle, after: ended silences; UINT64_MAX:
				 unknown */
	uint64_t sm_woke;     /* time at which the count reached
				 condition_next; 0: has not,
				 UINT64_MAX: unknown */
};

/*
 * count: 1 to UINT64_MAX for every, rate and below, 0 for the others; time: 1
 * or more, 0 for every.  Counting starts at `seen`.  idle and below are armed;
 * after is if `seen` is 0, no packet came yet.
 */
void condition_init(struct condition *, enum condition_kind, uint64_t count,
    uint64_t time, uint64_t seen, uint64_t now);

/*
 * Returns the events that have come due since the last call.  An event of
 * every or rate stands for cn_count packets or bytes, any other one for 0.
 *
 * rate: cn_count came within cn_time, however late the call, unless sm_woke is
 * unknown.  If calls are in time, cn_count within 31/32 of cn_time are always
 * an event, at most cn_time / 32 after the last packet.
 *
 * below: fewer than cn_count came within cn_time, however late the call.  If
 * calls are in time, fewer than cn_count within 33/32 of cn_time are always an
 * event.
 *
 * idle, after: with sm_silences, each silence is an event.  Without, a silence
 * that ended before the call is an event only if a single packet has ended it.
 * If sm_last is unknown as well, only a silence that lasts cn_time / 32 longer
 * is always found, and an event of idle is late by cn_time / 32.
 *
 * calm: as idle without sm_silences.
 *
 * while: 1 if packets came since the last call.  The end of a silence is no
 * event but makes condition_over true; a silence that packets have ended before
 * the call is not found.  If sm_last is unknown, the end is late by
 * cn_time / 32.
 */
uint64_t condition_take(
    struct condition *, const struct condition_sample *, uint64_t now);

/*
 * Returns true if the state that the last event announced has ended: for idle
 * by a packet, for below by cn_count within cn_time, for calm by an event, for
 * while by the silence.  Always false for the others.
 */
bool condition_over(const struct condition *);

/*
 * Returns the time of the last event that condition_take found, as far as
 * known: at most the time of the call.  every, rate, while: time of the last
 * packet; idle, below, calm: time at which the event was due; after: time of
 * the packet.
 */
uint64_t condition_when(const struct condition *);

/* Returns the packets or bytes that `events` events stand for. */
uint64_t condition_sum(const struct condition *, uint64_t events);

/*
 * Returns true if `sum` packets or bytes can be that many events, at least one,
 * of a condition with this count; false for a count that condition_init() does
 * not take.
 */
bool condition_fits(
    enum condition_kind, uint64_t count, uint64_t events, uint64_t sum);

/*
 * Returns the count that requires a call of condition_take.  For while, only
 * if the start of the command waits for a packet.
 */
uint64_t condition_next(const struct condition *);

/* Returns the time that requires a call, whatever the count is. */
uint64_t condition_deadline(const struct condition *);

#endif
