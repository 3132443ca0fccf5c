/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/mman.h>
#include <sys/socket.h>

#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/linux/ebpf.h"
#include "source/linux/ebpf_clock.h"
#include "source/linux/ebpf_insn.h"
#include "source/source.h"

struct ebpf {
	struct ebpf_shared *e_shared;
	struct ring_buffer *e_ring;
	struct ebpf_what e_what;
	int64_t e_ahead;    /* kernel's clock minus clock_now, ns */
	uint64_t e_woke;    /* kernel's time of the first record; 0: none */
	uint64_t e_packets; /* current threshold; UINT64_MAX: none */
	uint64_t e_bytes;   /* current threshold; UINT64_MAX: none */
	int e_array_fd;	    /* -1 after ebpf_complete */
	int e_ring_fd;
};

/* Loads the program for a filter.  Returns its descriptor, or -1 and errno. */
static int
load_program(const struct ebpf *e, const struct sock_filter *filter, size_t n)
{
	struct ebpf_code *code;
	int fd = -1;

	if ((code = malloc(sizeof(*code))) == NULL)
		return -1;
	if (ebpf_program(code, filter, n, &e->e_what, e->e_array_fd,
		e->e_ring_fd) == 0) {
		if (code->ec_len <= EBPF_MAX)
			fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER,
			    "bpfstatsd", "ISC", code->ec_insns, code->ec_len,
			    NULL);
		else
			errno = E2BIG;
	} else
		errno = ENOTSUP;
	free(code);
	return fd < 0 ? -1 : fd; /* libbpf returns a negative errno */
}

/* Ring buffer callback: keeps the time of the earliest record. */
static int
take_record(void *ctx, void *data, size_t size)
{
	struct ebpf *e = ctx;
	uint64_t when;

	if (size < sizeof(when))
		return 0;
	memcpy(&when, data, sizeof(when));
	if (e->e_woke == 0 || when < e->e_woke)
		e->e_woke = when;
	return 0;
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

/* Creates and maps the shared array, with no threshold and no silence set. */
static int
open_array(struct ebpf *e)
{
	const struct bpf_map_create_opts opts = {
		.sz = sizeof(opts),
		.map_flags = BPF_F_MMAPABLE,
	};
	size_t page = (size_t)sysconf(_SC_PAGESIZE), i;
	void *p;

	e->e_array_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bpfstatsd",
	    sizeof(uint32_t), sizeof(struct ebpf_shared), 1, &opts);
	if (e->e_array_fd < 0)
		return -1;
	p = mmap(
	    NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, e->e_array_fd, 0);
	if (p == MAP_FAILED)
		return -1;
	e->e_shared = p;
	atomic_store(&e->e_shared->es_packets.en_threshold, UINT64_MAX);
	atomic_store(&e->e_shared->es_bytes.en_threshold, UINT64_MAX);
	atomic_store(&e->e_shared->es_shortest, EBPF_UNUSED);
	for (i = 0; i < SOURCE_SILENCES; i++)
		atomic_store(&e->e_shared->es_silences[i].el_time, EBPF_UNUSED);
	return 0;
}

static int
open_ring(struct ebpf *e)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);

	/* Each record is consumed before the next threshold is set. */
	e->e_ring_fd =
	    bpf_map_create(BPF_MAP_TYPE_RINGBUF, "bpfstatsd", 0, 0, page, NULL);
	if (e->e_ring_fd < 0)
		return -1;
	e->e_ring = ring_buffer__new(e->e_ring_fd, take_record, e, NULL);
	return e->e_ring == NULL ? -1 : 0;
}

struct ebpf *
ebpf_open(const struct ebpf_what *what)
{
	struct ebpf *e;
	int saved;

	libbpf_set_print(print_nothing);
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	e->e_what = *what;
	e->e_array_fd = -1;
	e->e_ring_fd = -1;
	e->e_packets = e->e_bytes = UINT64_MAX;
	if (open_array(e) == 0 && open_ring(e) == 0 &&
	    ebpf_clock(e->e_shared, e->e_array_fd, &e->e_ahead) == 0)
		return e;
	saved = errno;
	ebpf_close(e);
	errno = saved;
	return NULL;
}

int
ebpf_attach(
    struct ebpf *e, const struct sock_filter *filter, size_t n, int sock)
{
	int fd, result, saved;

	if ((fd = load_program(e, filter, n)) == -1)
		return -1;
	result = setsockopt(sock, SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd));
	saved = errno;
	/* The socket keeps the program, and the program keeps its maps. */
	close(fd);
	errno = saved;
	return result;
}

const char *
ebpf_problem(int error)
{
	switch (error) {
	case E2BIG:
		return "only the extended filter counts bytes, and this filter "
		       "is too long for it; use a shorter one";
	case ENOMEM:
		return "only the extended filter counts bytes, and there is "
		       "not enough memory for it";
	case ENOTSUP:
		return "only the extended filter counts bytes, and this filter "
		       "cannot be translated for it; rewrite the filter";
	default:
		return "only the extended filter counts bytes, and that needs "
		       "CAP_BPF and Linux 5.12";
	}
}

void
ebpf_complete(struct ebpf *e)
{
	/* The programs keep the map; this process keeps its mapping. */
	close(e->e_array_fd);
	e->e_array_fd = -1;
}

int
ebpf_fd(const struct ebpf *e)
{
	return e->e_ring_fd;
}

/* Converts a time of the kernel's clock to clock_now's. */
static uint64_t
from_kernel(const struct ebpf *e, uint64_t when)
{
	return when - (uint64_t)e->e_ahead;
}

void
ebpf_count(struct ebpf *e, struct source_count *count)
{
	struct ebpf_shared *es = e->e_shared;
	uint64_t last;
	size_t i;

	/* The ring is mapped memory: consuming it takes no system call. */
	ring_buffer__consume(e->e_ring);
	count->sc_packets = atomic_load(&es->es_packets.en_seen);
	count->sc_bytes = atomic_load(&es->es_bytes.en_seen);
	/*
	 * The program sets es_last before it counts a silence.  Read in reverse
	 * order, an ended silence never looks as if it still lasted.
	 */
	for (i = 0; i < SOURCE_SILENCES; i++)
		count->sc_silences[i] =
		    atomic_load(&es->es_silences[i].el_count);
	last = atomic_load(&es->es_last);
	count->sc_last = last == 0 ? CLOCK_NEVER : from_kernel(e, last);
	if (e->e_woke != 0)
		count->sc_woke = from_kernel(e, e->e_woke);
	else if (count->sc_packets >= e->e_packets ||
	    count->sc_bytes >= e->e_bytes)
		/* The program is about to write the record. */
		count->sc_woke = CLOCK_NEVER;
	else
		count->sc_woke = 0;
}

/* Sets es_shortest to the shortest time of all slots. */
static void
update_shortest(struct ebpf_shared *es)
{
	uint64_t shortest = EBPF_UNUSED, time;
	size_t i;

	for (i = 0; i < SOURCE_SILENCES; i++) {
		time = atomic_load(&es->es_silences[i].el_time);
		if (time < shortest)
			shortest = time;
	}
	atomic_store(&es->es_shortest, shortest);
}

bool
ebpf_count_silences(struct ebpf *e, size_t slot, uint64_t time, uint64_t since)
{
	struct ebpf_slot *el = &e->e_shared->es_silences[slot];

	if (!e->e_what.ew_time)
		return false;
	atomic_store(&el->el_time, EBPF_UNUSED);
	atomic_store(&el->el_count, 0);
	atomic_store(&el->el_since, since + (uint64_t)e->e_ahead);
	if (time != 0 && time < EBPF_UNUSED)
		atomic_store(&el->el_time, time);
	update_shortest(e->e_shared);
	return true;
}

/* Sets a threshold.  Returns true if the count has reached it already. */
static bool
arm_counter(struct ebpf_counter *en, uint64_t threshold)
{
	uint64_t armed = threshold;

	/*
	 * The program adds to the count, then reads the threshold; this
	 * function sets the threshold, then reads the count.  At least one of
	 * the two notices that the threshold is reached, and the exchange lets
	 * only one of them act on it.
	 */
	atomic_store(&en->en_threshold, threshold);
	if (atomic_load(&en->en_seen) < threshold)
		return false;
	return atomic_compare_exchange_strong(
	    &en->en_threshold, &armed, UINT64_MAX);
}

bool
ebpf_arm(struct ebpf *e, const struct source_count *thresholds)
{
	bool packets, bytes;

	e->e_woke = 0;
	packets = arm_counter(&e->e_shared->es_packets, thresholds->sc_packets);
	bytes = arm_counter(&e->e_shared->es_bytes, thresholds->sc_bytes);
	e->e_packets = packets ? UINT64_MAX : thresholds->sc_packets;
	e->e_bytes = bytes ? UINT64_MAX : thresholds->sc_bytes;
	return packets || bytes;
}

void
ebpf_close(struct ebpf *e)
{
	if (e == NULL)
		return;
	ring_buffer__free(e->e_ring);
	if (e->e_array_fd >= 0)
		close(e->e_array_fd);
	if (e->e_ring_fd >= 0)
		close(e->e_ring_fd);
	if (e->e_shared != NULL)
		munmap(e->e_shared, (size_t)sysconf(_SC_PAGESIZE));
	free(e);
}
