/*
 * A rule turns a growing count, of packets or bytes, into events:
 *
 *   every  one for each cn_count
 *   rate   when cn_count come within any cn_time, and then afresh
 *   idle   when nothing came for cn_time, and again after something came
 *
 * Pure: no clock, no I/O, no allocation, no globals.  Times are nanoseconds
 * on one monotonic clock, UINT64_MAX is never.
 */
#ifndef CONDITION_H
#define CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A rate looks so often in its time: some more than 32, clocks wake late. */
#define CONDITION_PARTS 36

enum condition_kind {
	CONDITION_EVERY,
	CONDITION_RATE,
	CONDITION_IDLE
};

/* What came later than ca_time is what was counted beyond ca_seen. */
struct condition_anchor {
	uint64_t ca_time;
	uint64_t ca_seen;
};

struct condition {
	enum condition_kind cn_kind;
	uint64_t cn_count;
	uint64_t cn_time;
	uint64_t cn_seen;     /* at the last call */
	uint64_t cn_consumed; /* every: count, idle: silences of past events */
	uint64_t cn_last;     /* idle: when something came */
	bool cn_armed;	      /* idle: something came after the last event */
	bool cn_vague;	      /* idle: the time of what came is unknown */
	uint64_t cn_called;   /* rate: when that was */
	uint64_t cn_rest;     /* until then nothing wakes; 0: quiet */
	size_t cn_first;      /* rate: the oldest anchor */
	size_t cn_anchors;
	struct condition_anchor cn_anchor[CONDITION_PARTS + 4];
};

/* What a source tells.  A source reads sm_seen first and sm_last last. */
struct condition_sample {
	uint64_t sm_seen;     /* packets or bytes in all */
	uint64_t sm_last;     /* time of the last; UINT64_MAX: unknown */
	uint64_t sm_silences; /* idle: that have ended; UINT64_MAX: unknown */
	/* Time at which condition_next was reached; 0: not, UINT64_MAX:
	 * unknown. */
	uint64_t sm_woke;
};

/*
 * count: 1 to UINT64_MAX, 0 for idle; time: 1 or more, 0 for every.  Nothing
 * counts that was there before, which is `seen`.  An idle rule is armed.
 */
void condition_init(struct condition *, enum condition_kind, uint64_t count,
    uint64_t time, uint64_t seen, uint64_t now);

/*
 * Returns the events that have come due since the last call.
 *
 * An event of a rate is never one of fewer than cn_count in cn_time, however
 * late the call, unless sm_woke is unknown.  When calls are in time, it is
 * never missed when they came within 31/32 of cn_time, and due cn_time / 32
 * after the last of them at the latest.
 *
 * With sm_silences, each silence is an event of idle.  Without, a silence that
 * has ended before the call is one only when a single packet has ended it; and
 * when sm_last is unknown, too, only a silence that is longer by cn_time / 32
 * is always found, and its event is late by as much.
 *
 * An event of every or rate stands for cn_count, of idle for nothing.
 */
uint64_t condition_take(
    struct condition *, const struct condition_sample *, uint64_t now);

/* The count at which condition_take is to be called; UINT64_MAX is never. */
uint64_t condition_next(const struct condition *);

/* The time at which it is to be called, whatever was counted. */
uint64_t condition_deadline(const struct condition *);

#endif
