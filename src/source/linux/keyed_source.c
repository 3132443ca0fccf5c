/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fdpass.h"
#include "engine/key.h"
#include "engine/key_table.h"
#include "ipc/source_message.h"
#include "source/linux/ebpf.h"
#include "source/linux/ebpf_keyed.h"
#include "source/linux/keyed_events.h"
#include "source/linux/keyed_idle.h"
#include "source/linux/keyed_maps.h"
#include "source/linux/keyed_memory.h"
#include "source/linux/keyed_source.h"
#include "source/linux/slot.h"
#include "source/linux/slots.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "source/source_keys_message.h"
#include "source/source_kind.h"
#include "source/source_shared.h"

struct keyed_source {
	struct source ky_source;      /* first member: cast from source */
	struct keyed_source *ky_next; /* see slots_tables */
	struct slot ky_slot;
	struct ebpf_keyed ky_code;
	struct keyed_memory ky_memory;
	struct keyed_events ky_events;
	struct keyed_idle ky_idle;
	uint64_t ky_news; /* idle, below: new or armed keys before the last
			     look */
};

/* Number of a message, behind those of source_keys_message_put. */
#define UNIT (sizeof(struct source_keys) / sizeof(uint32_t))

_Static_assert(UNIT < SOURCE_MESSAGE_NUMBERS, "there is room");

/* Returns true if the watcher finds the events. */
static bool
is_idle(const struct keyed_source *ky)
{
	return key_table_silent(ky->ky_code.ek_keys.sk_kind);
}

/* Converts a time of clock_now to the kernel's clock. */
static uint64_t
to_kernel(const struct keyed_source *ky, uint64_t when)
{
	return when + (uint64_t)slots_ahead(ky->ky_slot.sl_slots);
}

static uint64_t
from_kernel(const struct keyed_source *ky, uint64_t when)
{
	return when - (uint64_t)slots_ahead(ky->ky_slot.sl_slots);
}

/* Looks for silent keys, whose events count as those of the kernel. */
static void
look(struct keyed_source *ky, uint64_t now)
{
	struct slot_memory *sm = ky->ky_slot.sl_memory;
	uint64_t events, at;

	/* A key is in the bits before it is in the count. */
	ky->ky_news = atomic_load(&sm->sm_bytes.sn_seen);
	events = keyed_idle_look(&ky->ky_idle, to_kernel(ky, now));
	if (events > 0)
		atomic_fetch_add(&sm->sm_packets.sn_seen, events);
	at = keyed_idle_deadline(&ky->ky_idle);
	ky->ky_source.s_at =
	    at == UINT64_MAX ? CLOCK_NEVER : from_kernel(ky, at);
}

static int
keyed_source_sample(struct source *s, uint64_t now, struct source_count *count)
{
	struct keyed_source *ky = (struct keyed_source *)s;

	if (is_idle(ky))
		look(ky, now);
	slot_count(&ky->ky_slot, count);
	count->sc_last = CLOCK_NEVER;
	return 0;
}

/* Without keys, the next new one wakes the watcher. */
static bool
keyed_source_wake_at(
    struct source *s, const struct source_count *wanted, uint64_t now)
{
	struct keyed_source *ky = (struct keyed_source *)s;
	struct source_count thresholds = { .sc_packets = wanted->sc_packets,
		.sc_bytes = UINT64_MAX };

	(void)now;
	if (is_idle(ky) && s->s_at == CLOCK_NEVER)
		thresholds.sc_bytes = ky->ky_news + 1;
	return slot_arm(&ky->ky_slot, &thresholds);
}

static size_t
keyed_source_sockets(const struct source *s, int *socks)
{
	(void)s;
	(void)socks;
	return 0;
}

static size_t
keyed_source_send(const struct source *s, struct source_message *sm, int *fds)
{
	const struct keyed_source *ky = (const struct keyed_source *)s;

	strlcpy(sm->sm_name, SOURCE_KEYS_NAME, sizeof(sm->sm_name));
	sm->sm_numbers[UNIT] = (uint32_t)ky->ky_slot.sl_unit;
	source_keys_message_put(&ky->ky_code.ek_keys, sm);
	memcpy(fds, ky->ky_code.ek_arrays, sizeof(ky->ky_code.ek_arrays));
	return KEYED_ARRAYS;
}

static void
keyed_source_lend(struct source *s)
{
	keyed_memory_unmap(&((struct keyed_source *)s)->ky_memory);
}

static void
keyed_source_close(struct source *s)
{
	struct keyed_source *ky = (struct keyed_source *)s, **at;
	struct slots *slots = ky->ky_slot.sl_slots;

	if (ky->ky_slot.sl_unit != 0) {
		for (at = slots_tables(slots); *at != ky; at = &(*at)->ky_next)
			;
		*at = ky->ky_next;
		if (!ky->ky_code.ek_stuck)
			slots_give(slots, ky->ky_slot.sl_unit, false);
		slot_close(&ky->ky_slot);
	}
	keyed_memory_unmap(&ky->ky_memory);
	keyed_maps_close(&ky->ky_code);
	keyed_events_end(&ky->ky_events);
	keyed_idle_end(&ky->ky_idle);
	free(ky);
}

static bool
keyed_source_event(struct source *s, uint64_t now, struct key_event *event)
{
	struct keyed_source *ky = (struct keyed_source *)s;

	if (!keyed_events_take(&ky->ky_events, to_kernel(ky, now), event))
		return false;
	event->kv_at = from_kernel(ky, event->kv_at);
	return true;
}

static size_t
keyed_source_sums(const struct source *s, struct key_table_sums *sums)
{
	const struct keyed_source *ky = (const struct keyed_source *)s;

	return keyed_memory_sums(&ky->ky_memory, sums);
}

static bool
keyed_source_entry(
    const struct source *s, size_t place, struct key_entry *entry)
{
	const struct keyed_source *ky = (const struct keyed_source *)s;
	const size_t size = key_size(&ky->ky_code.ek_keys.sk_spec);

	if (!keyed_memory_entry(&ky->ky_memory, size, place, entry))
		return false;
	entry->ke_last = from_kernel(ky, entry->ke_last);
	return true;
}

static const struct source_ops keyed_source_ops = {
	.so_sample = keyed_source_sample,
	.so_wake_at = keyed_source_wake_at,
	.so_sockets = keyed_source_sockets,
	.so_send = keyed_source_send,
	.so_lend = keyed_source_lend,
	.so_close = keyed_source_close,
	.so_key_event = keyed_source_event,
	.so_key_sums = keyed_source_sums,
	.so_key_entry = keyed_source_entry,
};

/* Returns a table without slot and maps; NULL and errno on failure. */
static struct keyed_source *
allocate(const struct source_keys *sk)
{
	struct keyed_source *ky;

	if ((ky = calloc(1, sizeof(*ky))) == NULL)
		return NULL;
	ky->ky_source = (struct source){ .s_ops = &keyed_source_ops,
		.s_fd = -1,
		.s_at = CLOCK_NEVER,
		.s_look_fd = -1 };
	ky->ky_code.ek_keys = *sk;
	keyed_maps_none(&ky->ky_code);
	return ky;
}

/* Begins to use a slot, the maps and their memory.  0, or -1 and errno. */
static int
begin(struct keyed_source *ky, struct slots *slots, size_t unit, const int *fds)
{
	const struct source_keys *sk = &ky->ky_code.ek_keys;

	slot_open(&ky->ky_slot, slots, unit, false);
	ky->ky_slot.sl_source = &ky->ky_source;
	ky->ky_next = *slots_tables(slots);
	*slots_tables(slots) = ky;
	if (keyed_memory_map(&ky->ky_memory, sk, fds) == -1 ||
	    keyed_events_begin(&ky->ky_events, sk, &ky->ky_memory) == -1)
		return -1;
	if (!is_idle(ky))
		return 0;
	return keyed_idle_begin(
	    &ky->ky_idle, sk, &ky->ky_memory, &ky->ky_events);
}

/* Makes the maps of a new table.  Returns 0, or -1 and errno. */
static int
make(struct keyed_source *ky, struct slots *slots)
{
	struct ebpf_keyed *ek = &ky->ky_code;
	size_t unit;

	if (keyed_maps_open(ek) == -1 || (unit = slots_take(slots, false)) == 0)
		return -1;
	ek->ek_slots = slots;
	ek->ek_unit = unit;
	return begin(ky, slots, unit, ek->ek_arrays);
}

/* Writes why there is no table. */
static void
explain(const struct source_keys *sk, int error, char *err, size_t errlen)
{
	if (error == ENOMEM || error == E2BIG)
		snprintf(err, errlen,
		    "table of %u keys: not enough memory; lower keys",
		    (unsigned int)sk->sk_keys);
	else if (error == ENOSPC)
		snprintf(err, errlen,
		    "no room for another table of keys; restart bpfstatsd");
	else
		strlcpy(err, ebpf_problem("counts by key", error), errlen);
}

struct source *
keyed_source_open(const struct source_keys *sk, struct source_shared *ss,
    char *err, size_t errlen)
{
	struct slots *slots;
	struct keyed_source *ky;
	int error;

	if ((slots = slots_shared(ss)) == NULL || (ky = allocate(sk)) == NULL) {
		explain(sk, errno, err, errlen);
		return NULL;
	}
	if (make(ky, slots) == 0)
		return &ky->ky_source;
	error = errno;
	keyed_source_close(&ky->ky_source);
	explain(sk, error, err, errlen);
	return NULL;
}

/* The mapped memory keeps the maps. */
struct source *
keyed_source_receive(const struct source_message *sm, const int *fds, size_t n,
    const struct source_shared *ss)
{
	struct source_keys sk;
	struct keyed_source *ky;
	int error;

	if (n != KEYED_ARRAYS || ss->ss_slots == NULL ||
	    sm->sm_numbers[UNIT] == 0 || !source_keys_message_get(&sk, sm)) {
		errno = EBADMSG;
		return NULL;
	}
	if ((ky = allocate(&sk)) == NULL)
		return NULL;
	if (begin(ky, ss->ss_slots, sm->sm_numbers[UNIT], fds) == -1) {
		error = errno;
		keyed_source_close(&ky->ky_source);
		errno = error;
		return NULL;
	}
	fdpass_close(fds, n);
	return &ky->ky_source;
}

struct ebpf_keyed **
keyed_source_code(struct source *const *tables, size_t n)
{
	struct ebpf_keyed **list;
	size_t i;

	list = (struct ebpf_keyed **)calloc(n + 1, sizeof(void *));
	for (i = 0; list != NULL && i < n; i++)
		list[i] = &((struct keyed_source *)tables[i])->ky_code;
	return list;
}

void
keyed_source_forget(struct slots *slots)
{
	struct keyed_source *ky;

	for (ky = *slots_tables(slots); ky != NULL; ky = ky->ky_next)
		keyed_maps_close(&ky->ky_code);
}
