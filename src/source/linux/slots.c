/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/mman.h>

#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/linux/ebpf_clock.h"
#include "source/linux/slot.h"
#include "source/linux/slots.h"
#include "source/source_shared.h"

/* Unit 0 is no slot: ebpf_clock uses the memory. */
#define CLOCK_UNIT 0

/* Bytes of a record in the ring, with the kernel's header. */
#define RECORD_SIZE (sizeof(struct slot_record) + 8)

/* Records of a slot at a time: of packets, of bytes and of a full table. */
#define RECORDS_MAX 3

/*
 * Time until a slot is taken again: a processor may still run a replaced
 * program, but only for the current packet.
 */
#define REST CLOCK_S

/* Least number of units where a reload may add sources. */
#define SPARE_UNITS 4096

/* A unit of the array, in the memory of a process. */
struct unit {
	bool un_taken;
	uint64_t un_free;     /* time from which the unit is free, ns */
	struct slot *un_slot; /* see slots_own */
};

struct slots {
	struct slot_memory *ss_memory; /* mapped array */
	struct unit *ss_units;
	size_t ss_n;	 /* units */
	size_t ss_first; /* all units before are taken */
	struct ring_buffer *ss_ring;
	struct slot *ss_woken;		/* list; NULL: empty */
	struct slot **ss_last;		/* end of the list */
	struct tap *ss_taps;		/* see slots_taps */
	struct keyed_source *ss_tables; /* see slots_tables */
	int64_t ss_ahead;		/* kernel's clock minus clock_now, ns */
	int ss_array_fd;
	int ss_ring_fd;
};

/* Ring buffer callback: adds the slot to the list of slots with records. */
static int
take_record(void *ctx, void *data, size_t size)
{
	struct slots *ss = ctx;
	struct slot_record record;
	struct slot *sl;

	if (size < sizeof(record))
		return 0;
	memcpy(&record, data, sizeof(record));
	if (record.sr_unit >= ss->ss_n ||
	    (sl = ss->ss_units[record.sr_unit].un_slot) == NULL)
		return 0;
	if (sl->sl_woke == 0 || record.sr_time < sl->sl_woke)
		sl->sl_woke = record.sr_time;
	if (sl->sl_listed)
		return 0;
	sl->sl_listed = true;
	sl->sl_next = NULL;
	*ss->ss_last = sl;
	ss->ss_last = &sl->sl_next;
	return 0;
}

void
slots_consume(struct slots *ss)
{
	/* The ring is mapped memory: no system call is needed. */
	ring_buffer__consume(ss->ss_ring);
}

struct slot *
slots_woken(struct slots *ss)
{
	struct slot *sl = ss->ss_woken;

	if (sl == NULL)
		return NULL;
	sl->sl_listed = false;
	if ((ss->ss_woken = sl->sl_next) == NULL)
		ss->ss_last = &ss->ss_woken;
	return sl;
}

/* Removes a slot from the list. */
static void
unlist(struct slots *ss, const struct slot *sl)
{
	struct slot **at = &ss->ss_woken;

	while (*at != NULL && *at != sl)
		at = &(*at)->sl_next;
	if (*at != NULL && (*at = sl->sl_next) == NULL)
		ss->ss_last = at;
}

void
slots_own(struct slots *ss, size_t unit, struct slot *sl)
{
	if (ss->ss_units[unit].un_slot != NULL)
		unlist(ss, ss->ss_units[unit].un_slot);
	ss->ss_units[unit].un_slot = sl;
}

/* Replaces libbpf's own messages on stderr. */
static int
print_nothing(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

/* The programs get the address of the only element, and add an offset. */
static int
open_array(struct slots *ss)
{
	const struct bpf_map_create_opts opts = {
		.sz = sizeof(opts),
		.map_flags = BPF_F_MMAPABLE,
	};
	const size_t size = ss->ss_n * sizeof(struct slot_memory);
	void *p;

	ss->ss_array_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bpfstatsd",
	    sizeof(uint32_t), (uint32_t)size, 1, &opts);
	if (ss->ss_array_fd < 0)
		return -1;
	p = mmap(
	    NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ss->ss_array_fd, 0);
	if (p == MAP_FAILED)
		return -1;
	ss->ss_memory = p;
	return 0;
}

/* The ring has room for all records that can exist at a time. */
static int
open_ring(struct slots *ss)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	while (size < ss->ss_n * RECORDS_MAX * RECORD_SIZE)
		size *= 2;
	ss->ss_ring_fd = bpf_map_create(
	    BPF_MAP_TYPE_RINGBUF, "bpfstatsd", 0, 0, (uint32_t)size, NULL);
	if (ss->ss_ring_fd < 0)
		return -1;
	ss->ss_ring = ring_buffer__new(ss->ss_ring_fd, take_record, ss, NULL);
	return ss->ss_ring == NULL ? -1 : 0;
}

/*
 * Makes array and ring, with room for these units.  Returns NULL and errno on
 * failure.
 */
static struct slots *
open_slots(size_t units)
{
	struct slots *ss;
	int saved;

	libbpf_set_print(print_nothing);
	if ((ss = calloc(1, sizeof(*ss))) == NULL)
		return NULL;
	ss->ss_n = units + 1;
	ss->ss_first = CLOCK_UNIT + 1;
	ss->ss_last = &ss->ss_woken;
	ss->ss_array_fd = ss->ss_ring_fd = -1;
	ss->ss_units = calloc(ss->ss_n, sizeof(*ss->ss_units));
	if (ss->ss_units != NULL && open_array(ss) == 0 && open_ring(ss) == 0 &&
	    ebpf_clock(&ss->ss_memory[CLOCK_UNIT].sm_last,
		offsetof(struct slot_memory, sm_last), ss->ss_array_fd,
		&ss->ss_ahead) == 0)
		return ss;
	saved = errno;
	slots_close(ss);
	errno = saved;
	return NULL;
}

void
slots_close(struct slots *ss)
{
	if (ss == NULL)
		return;
	ring_buffer__free(ss->ss_ring);
	if (ss->ss_array_fd >= 0)
		close(ss->ss_array_fd);
	if (ss->ss_ring_fd >= 0)
		close(ss->ss_ring_fd);
	if (ss->ss_memory != NULL)
		munmap(ss->ss_memory, ss->ss_n * sizeof(struct slot_memory));
	free(ss->ss_units);
	free(ss);
}

struct slots *
slots_shared(struct source_shared *ss)
{
	size_t units = ss->ss_sources + ss->ss_timed * (SLOT_UNITS - 1);

	if (ss->ss_slots != NULL)
		return ss->ss_slots;
	if (ss->ss_grows)
		units = 2 * units > SPARE_UNITS ? 2 * units : SPARE_UNITS;
	if (ss->ss_error == 0 && (ss->ss_slots = open_slots(units)) == NULL)
		ss->ss_error = errno;
	if (ss->ss_slots != NULL)
		ss->ss_wake = slots_ring(ss->ss_slots);
	errno = ss->ss_error;
	return ss->ss_slots;
}

/* Returns the first of n free units, one behind the other; or 0. */
static size_t
find_units(struct slots *ss, size_t n)
{
	const uint64_t now = clock_now();
	size_t i, found = 0;

	for (i = ss->ss_first; i < ss->ss_n && found < n; i++)
		if (ss->ss_units[i].un_taken || ss->ss_units[i].un_free > now)
			found = 0;
		else
			found++;
	return found == n ? i - n : 0;
}

/* Clears a slot's memory: no packet, no threshold, no silence. */
static void
clear(struct slot_memory *sm, size_t units)
{
	struct slot_silence *silences = (struct slot_silence *)(sm + 1);
	size_t i;

	memset((void *)sm, 0, units * sizeof(*sm));
	atomic_store(&sm->sm_packets.sn_threshold, UINT64_MAX);
	atomic_store(&sm->sm_bytes.sn_threshold, UINT64_MAX);
	atomic_store(&sm->sm_shortest, SLOT_UNUSED);
	for (i = 0; units > 1 && i < SOURCE_SILENCES; i++)
		atomic_store(&silences[i].ss_time, SLOT_UNUSED);
}

size_t
slots_take(struct slots *ss, bool time)
{
	const size_t n = time ? SLOT_UNITS : 1;
	size_t unit, i;

	if ((unit = find_units(ss, n)) == 0) {
		errno = ENOSPC;
		return 0;
	}
	for (i = 0; i < n; i++)
		ss->ss_units[unit + i].un_taken = true;
	if (unit == ss->ss_first)
		ss->ss_first = unit + n;
	clear(&ss->ss_memory[unit], n);
	return unit;
}

void
slots_give(struct slots *ss, size_t unit, bool time)
{
	const size_t n = time ? SLOT_UNITS : 1;
	const uint64_t now = clock_now();
	size_t i;

	for (i = unit; i < unit + n; i++) {
		ss->ss_units[i].un_taken = false;
		ss->ss_units[i].un_free = now + REST;
	}
	if (unit < ss->ss_first)
		ss->ss_first = unit;
}

struct slot_memory *
slots_memory(const struct slots *ss, size_t unit)
{
	return &ss->ss_memory[unit];
}

struct tap **
slots_taps(struct slots *ss)
{
	return &ss->ss_taps;
}

struct keyed_source **
slots_tables(struct slots *ss)
{
	return &ss->ss_tables;
}

int
slots_array(const struct slots *ss)
{
	return ss->ss_array_fd;
}

int
slots_ring(const struct slots *ss)
{
	return ss->ss_ring_fd;
}

int64_t
slots_ahead(const struct slots *ss)
{
	return ss->ss_ahead;
}
