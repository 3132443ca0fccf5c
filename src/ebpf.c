#include <sys/mman.h>
#include <sys/socket.h>

#include <linux/bpf.h>
#include <linux/if_packet.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "ebpf.h"

/* lo has the same index in every network namespace: the kernel insists. */
#define LOOPBACK_IFINDEX 1

/* What program and daemon share, as the one element of an array map. */
struct shared {
	_Atomic uint64_t sh_seen;
	_Atomic uint64_t sh_threshold;
};

struct ebpf {
	struct shared *e_shared;
	struct ring_buffer *e_ring;
	int e_ring_fd;
	int e_prog_fd;
};

/* clang-format off */
/* The instructions, by the names that kernel documentation uses. */
#define INSN(c, d, s, o, i)                                                  \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s),     \
	    .off = (o), .imm = (i) })
#define MOV(d, s)	  INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i)	  INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD(d, s)	  INSN(BPF_ALU64 | BPF_ADD | BPF_X, d, s, 0, 0)
#define ADD_IMM(d, i)	  INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define LOAD32(d, s, o)	  INSN(BPF_LDX | BPF_MEM | BPF_W, d, s, o, 0)
#define LOAD64(d, s, o)	  INSN(BPF_LDX | BPF_MEM | BPF_DW, d, s, o, 0)
#define STORE64(d, s, o)  INSN(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define ATOMIC(d, s, o, i) INSN(BPF_STX | BPF_ATOMIC | BPF_DW, d, s, o, i)
#define JUMP_IMM(c, d, i, o) INSN(BPF_JMP | (c) | BPF_K, d, 0, o, i)
#define JUMP(c, d, s, o)  INSN(BPF_JMP | (c) | BPF_X, d, s, o, 0)
#define CALL(f)		  INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT		  INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* A 64 bit constant takes two: a map, or the value in an array map. */
#define LOAD_MAP(d, kind, fd) \
	INSN(BPF_LD | BPF_DW | BPF_IMM, d, kind, 0, fd), INSN(0, 0, 0, 0, 0)

/* clang-format on */

#define SKB(member) ((short)offsetof(struct __sk_buff, member))
#define SEEN	    ((short)offsetof(struct shared, sh_seen))
#define THRESHOLD   ((short)offsetof(struct shared, sh_threshold))

static int
load(int array_fd, int ring_fd)
{
	const struct bpf_insn program[] = {
		/* Of loopback, what leaves does not count. */
		LOAD32(2, 1, SKB(pkt_type)),
		JUMP_IMM(BPF_JNE, 2, PACKET_OUTGOING, 2),
		LOAD32(2, 1, SKB(ifindex)),
		JUMP_IMM(BPF_JEQ, 2, LOOPBACK_IFINDEX, 25),

		/* r2 = its segments; r3 = the count with them. */
		LOAD32(2, 1, SKB(gso_segs)),
		JUMP_IMM(BPF_JNE, 2, 0, 1),
		MOV_IMM(2, 1),
		LOAD_MAP(7, BPF_PSEUDO_MAP_VALUE, array_fd),
		MOV(3, 2),
		ATOMIC(7, 3, SEEN, BPF_ADD | BPF_FETCH),
		ADD(3, 2),

		/* Of all processors, the one that takes the threshold wakes. */
		LOAD64(6, 7, THRESHOLD),
		JUMP(BPF_JLT, 3, 6, 15),
		MOV(0, 6),
		MOV_IMM(2, -1),
		ATOMIC(7, 2, THRESHOLD, BPF_CMPXCHG),
		JUMP(BPF_JNE, 0, 6, 11),
		STORE64(10, 3, -8),
		LOAD_MAP(1, BPF_PSEUDO_MAP_FD, ring_fd),
		MOV(2, 10),
		ADD_IMM(2, -8),
		MOV_IMM(3, sizeof(uint64_t)),
		MOV_IMM(4, BPF_RB_FORCE_WAKEUP),
		CALL(BPF_FUNC_ringbuf_output),

		/* No record was written: the next packet has to try again. */
		JUMP_IMM(BPF_JEQ, 0, 0, 2),
		MOV_IMM(0, -1),
		ATOMIC(7, 6, THRESHOLD, BPF_CMPXCHG),

		/* Accept nothing: the socket stays empty. */
		MOV_IMM(0, 0),
		EXIT,
	};

	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "bpfstatsd", "ISC",
	    program, sizeof(program) / sizeof(program[0]), NULL);
}

static int
ignore(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
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
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *p;
	int fd;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bpfstatsd", sizeof(uint32_t),
	    sizeof(struct shared), 1, &opts);
	if (fd == -1)
		return -1;
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		close(fd);
		return -1;
	}
	e->e_shared = p;
	return fd;
}

static int
open_ring(struct ebpf *e)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);

	/* A record is taken away before the next threshold: a page is ample. */
	e->e_ring_fd =
	    bpf_map_create(BPF_MAP_TYPE_RINGBUF, "bpfstatsd", 0, 0, page, NULL);
	if (e->e_ring_fd == -1)
		return -1;
	e->e_ring = ring_buffer__new(e->e_ring_fd, ignore, NULL, NULL);
	return e->e_ring == NULL ? -1 : 0;
}

struct ebpf *
ebpf_open(void)
{
	struct ebpf *e;
	int array_fd, saved;

	libbpf_set_print(silent);
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	e->e_ring_fd = -1;
	e->e_prog_fd = -1;
	if ((array_fd = open_array(e)) == -1)
		goto fail;
	atomic_store(&e->e_shared->sh_threshold, UINT64_MAX);
	if (open_ring(e) == 0)
		e->e_prog_fd = load(array_fd, e->e_ring_fd);
	saved = errno;
	close(array_fd);
	errno = saved;
	if (e->e_prog_fd != -1)
		return e;
fail:
	saved = errno;
	ebpf_close(e);
	errno = saved;
	return NULL;
}

int
ebpf_attach(struct ebpf *e, int sock)
{
	if (setsockopt(sock, SOL_SOCKET, SO_ATTACH_BPF, &e->e_prog_fd,
		sizeof(e->e_prog_fd)) == -1)
		return -1;
	/* The socket holds the program now, and the program its maps. */
	close(e->e_prog_fd);
	e->e_prog_fd = -1;
	return 0;
}

int
ebpf_fd(const struct ebpf *e)
{
	return e->e_ring_fd;
}

uint64_t
ebpf_count(struct ebpf *e)
{
	/* No system call: the ring is memory. */
	ring_buffer__consume(e->e_ring);
	return atomic_load(&e->e_shared->sh_seen);
}

bool
ebpf_arm(struct ebpf *e, uint64_t threshold)
{
	uint64_t armed = threshold;

	/*
	 * The kernel adds first and looks at the threshold then; we set the
	 * threshold first and look at the count then.  One of the two notices,
	 * and the exchange makes sure that only one does.
	 */
	atomic_store(&e->e_shared->sh_threshold, threshold);
	if (atomic_load(&e->e_shared->sh_seen) < threshold)
		return false;
	return atomic_compare_exchange_strong(
	    &e->e_shared->sh_threshold, &armed, UINT64_MAX);
}

void
ebpf_close(struct ebpf *e)
{
	if (e == NULL)
		return;
	if (e->e_prog_fd != -1)
		close(e->e_prog_fd);
	ring_buffer__free(e->e_ring);
	if (e->e_ring_fd != -1)
		close(e->e_ring_fd);
	if (e->e_shared != NULL)
		munmap(e->e_shared, (size_t)sysconf(_SC_PAGESIZE));
	free(e);
}
