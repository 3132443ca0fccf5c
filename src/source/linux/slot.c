/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "source/linux/slot.h"
#include "source/linux/slots.h"
#include "source/source.h"

void
slot_open(struct slot *sl, struct slots *slots, size_t unit, bool time)
{
	memset(sl, 0, sizeof(*sl));
	sl->sl_slots = slots;
	sl->sl_memory = slots_memory(slots, unit);
	sl->sl_unit = unit;
	sl->sl_time = time;
	sl->sl_packets = sl->sl_bytes = UINT64_MAX;
	slots_own(slots, unit, sl);
}

void
slot_close(struct slot *sl)
{
	if (sl->sl_unit != 0)
		slots_own(sl->sl_slots, sl->sl_unit, NULL);
	sl->sl_unit = 0;
}

static struct slot_silence *
silence(const struct slot *sl, size_t number)
{
	char *behind = (char *)sl->sl_memory + SLOT_SILENCES;

	return &((struct slot_silence *)(void *)behind)[number];
}

/* Converts a time of the kernel's clock to clock_now's. */
static uint64_t
from_kernel(const struct slot *sl, uint64_t when)
{
	return when - (uint64_t)slots_ahead(sl->sl_slots);
}

void
slot_count(struct slot *sl, struct source_count *count)
{
	struct slot_memory *sm = sl->sl_memory;
	uint64_t last;
	size_t i;

	slots_consume(sl->sl_slots);
	count->sc_packets = atomic_load(&sm->sm_packets.sn_seen);
	count->sc_bytes = atomic_load(&sm->sm_bytes.sn_seen);
	/*
	 * The program sets sm_last before counting a silence.  Read in reverse
	 * order, an ended silence never looks unfinished.
	 */
	for (i = 0; sl->sl_time && i < SOURCE_SILENCES; i++)
		count->sc_silences[i] = atomic_load(&silence(sl, i)->ss_count);
	last = atomic_load(&sm->sm_last);
	count->sc_last = last == 0 ? CLOCK_NEVER : from_kernel(sl, last);
	if (sl->sl_woke != 0)
		count->sc_woke = from_kernel(sl, sl->sl_woke);
	else if (count->sc_packets >= sl->sl_packets ||
	    count->sc_bytes >= sl->sl_bytes)
		/* The program is about to write the record. */
		count->sc_woke = CLOCK_NEVER;
	else
		count->sc_woke = 0;
}

/* Sets sm_shortest to the shortest time of all silences. */
static void
update_shortest(struct slot *sl)
{
	uint64_t shortest = SLOT_UNUSED, time;
	size_t i;

	for (i = 0; i < SOURCE_SILENCES; i++) {
		time = atomic_load(&silence(sl, i)->ss_time);
		if (time < shortest)
			shortest = time;
	}
	atomic_store(&sl->sl_memory->sm_shortest, shortest);
}

bool
slot_count_silences(
    struct slot *sl, size_t number, uint64_t time, uint64_t since)
{
	struct slot_silence *ss;

	if (!sl->sl_time)
		return false;
	ss = silence(sl, number);
	atomic_store(&ss->ss_time, SLOT_UNUSED);
	atomic_store(&ss->ss_count, 0);
	atomic_store(
	    &ss->ss_since, since + (uint64_t)slots_ahead(sl->sl_slots));
	if (time != 0 && time < SLOT_UNUSED)
		atomic_store(&ss->ss_time, time);
	update_shortest(sl);
	return true;
}

/* Sets a threshold.  Returns true if already reached. */
static bool
arm_counter(struct slot_counter *sn, uint64_t threshold)
{
	uint64_t armed = threshold;

	/*
	 * The program adds to the count, then reads the threshold; the daemon
	 * sets the threshold, then reads the count.  At least one side notices
	 * a reached threshold, and the exchange lets only one side act.
	 */
	atomic_store(&sn->sn_threshold, threshold);
	if (atomic_load(&sn->sn_seen) < threshold)
		return false;
	return atomic_compare_exchange_strong(
	    &sn->sn_threshold, &armed, UINT64_MAX);
}

bool
slot_arm(struct slot *sl, const struct source_count *thresholds)
{
	struct slot_memory *sm = sl->sl_memory;
	bool packets, bytes;

	sl->sl_woke = 0;
	packets = arm_counter(&sm->sm_packets, thresholds->sc_packets);
	bytes = arm_counter(&sm->sm_bytes, thresholds->sc_bytes);
	sl->sl_packets = packets ? UINT64_MAX : thresholds->sc_packets;
	sl->sl_bytes = bytes ? UINT64_MAX : thresholds->sc_bytes;
	return packets || bytes;
}
