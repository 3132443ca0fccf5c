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
	int64_t e_ahead;    /* ns, the kernel's clock against clock_now */
	uint64_t e_woke;    /* kernel's time of the first record; 0: none */
	uint64_t e_packets; /* thresholds that are set */
	uint64_t e_bytes;
	int e_array_fd;
	int e_ring_fd;
};

static int
load(const struct ebpf *e, const struct sock_filter *filter, size_t n)
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
	return fd < 0 ? -1 : fd; /* libbpf has the errno negative */
}

/* Takes the time of a record, which the program has written. */
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

static int
silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

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
	atomic_store(&e->e_shared->es_packets.em_threshold, UINT64_MAX);
	atomic_store(&e->e_shared->es_bytes.em_threshold, UINT64_MAX);
	atomic_store(&e->e_shared->es_shortest, EBPF_UNUSED);
	for (i = 0; i < SOURCE_SILENCES; i++)
		atomic_store(&e->e_shared->es_silences[i].el_time, EBPF_UNUSED);
	return 0;
}

static int
open_ring(struct ebpf *e)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);

	/* A record is taken away before the next threshold: a page is ample. */
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

	libbpf_set_print(silent);
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

	if ((fd = load(e, filter, n)) == -1)
		return -1;
	result = setsockopt(sock, SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd));
	saved = errno;
	/* The socket holds the program now, and the program its maps. */
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
		return "only the extended filter counts bytes, and it has no "
		       "translation of this filter; write the filter in other "
		       "words";
	default:
		return "only the extended filter counts bytes, and that needs "
		       "CAP_BPF and Linux 5.12";
	}
}

void
ebpf_complete(struct ebpf *e)
{
	/* The programs hold the map, and we its memory. */
	close(e->e_array_fd);
	e->e_array_fd = -1;
}

int
ebpf_fd(const struct ebpf *e)
{
	return e->e_ring_fd;
}

/* A time of the kernel's clock by clock_now. */
static uint64_t
ours(const struct ebpf *e, uint64_t when)
{
	return when - (uint64_t)e->e_ahead;
}

void
ebpf_count(struct ebpf *e, struct source_count *count)
{
	struct ebpf_shared *es = e->e_shared;
	uint64_t last;
	size_t i;

	/* No system call: the ring is memory. */
	ring_buffer__consume(e->e_ring);
	count->sc_packets = atomic_load(&es->es_packets.em_seen);
	count->sc_bytes = atomic_load(&es->es_bytes.em_seen);
	/* In this order a silence that has ended is not found open, too. */
	for (i = 0; i < SOURCE_SILENCES; i++)
		count->sc_silences[i] =
		    atomic_load(&es->es_silences[i].el_count);
	last = atomic_load(&es->es_last);
	count->sc_last = last == 0 ? CLOCK_NEVER : ours(e, last);
	if (e->e_woke != 0)
		count->sc_woke = ours(e, e->e_woke);
	else if (count->sc_packets >= e->e_packets ||
	    count->sc_bytes >= e->e_bytes)
		/* It is about to be written, so it is just now. */
		count->sc_woke = CLOCK_NEVER;
	else
		count->sc_woke = 0;
}

/* Sets es_shortest to the time of the shortest slot. */
static void
find_shortest(struct ebpf_shared *es)
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
	find_shortest(e->e_shared);
	return true;
}

static bool
arm(struct ebpf_meter *m, uint64_t threshold)
{
	uint64_t armed = threshold;

	/*
	 * The kernel adds first and looks at the threshold then; we set the
	 * threshold first and look at the count then.  One of the two notices,
	 * and the exchange makes sure that only one does.
	 */
	atomic_store(&m->em_threshold, threshold);
	if (atomic_load(&m->em_seen) < threshold)
		return false;
	return atomic_compare_exchange_strong(
	    &m->em_threshold, &armed, UINT64_MAX);
}

bool
ebpf_arm(struct ebpf *e, const struct source_count *thresholds)
{
	bool packets, bytes;

	e->e_woke = 0;
	packets = arm(&e->e_shared->es_packets, thresholds->sc_packets);
	bytes = arm(&e->e_shared->es_bytes, thresholds->sc_bytes);
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
