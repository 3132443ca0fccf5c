/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <err.h>
#include <errno.h>
#include <pcap/dlt.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "judge.h"
#include "sender.h"
#include "source/linux/ebpf.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_translate.h"
#include "source/linux/ebpf_window.h"

/* Opens a packet socket that receives from an interface. */
static int
open_socket(int type, const char *name)
{
	struct sockaddr_ll sll;
	int fd;

	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(ETH_P_ALL);
	sll.sll_ifindex = (int)if_nametoindex(name);
	if (sll.sll_ifindex == 0)
		err(1, "%s", name);
	if ((fd = socket(AF_PACKET, type | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "bind: %s", name);
	return fd;
}

void
judge_close(struct judge *j)
{
	close(j->j_all);
	close(j->j_classic);
	close(j->j_extended);
	close(j->j_sender);
	close(j->j_array);
}

/* Detaches the last filter, which counts for the socket's memory limit. */
static void
make_room(int fd)
{
	int none = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)) ==
		-1 &&
	    errno != ENOENT)
		err(1, "detach");
}

static int
attach_classic(int fd, const struct sock_filter *classic, size_t n)
{
	struct sock_fprog fprog;

	memset(&fprog, 0, sizeof(fprog));
	fprog.len = (unsigned short)n;
	fprog.filter = (struct sock_filter *)(uintptr_t)classic;
	return setsockopt(
	    fd, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog));
}

/* Programs that are with the judged one in a joint program. */
#define OTHERS 50

static struct {
	struct sock_filter o_insns[BPF_MAXINSNS];
	size_t o_len;
} others[OTHERS];

/* Implements ebpf_translate_accept: the verdict is in a kept register. */
static void
accept_packet(struct ebpf_code *c, const void *arg)
{
	(void)arg;
	ebpf_insn_emit(c, MOV_IMM(SEGMENTS, 1));
}

static void
accept_nothing(struct ebpf_code *c, const void *arg)
{
	(void)c;
	(void)arg;
}

/* Appends every second of the other programs. */
static void
add_others(struct ebpf_code *c, const struct ebpf_window *w, size_t first)
{
	size_t i;

	for (i = first; i < OTHERS; i += 2)
		if (others[i].o_len != 0 &&
		    ebpf_translate(c, others[i].o_insns, others[i].o_len, w,
			accept_nothing, NULL) == -1)
			err(1, "another program");
}

/* Replaces one of the other programs by this one, if it is not too long. */
static void
remember(const struct sock_filter *classic, size_t n)
{
	static size_t next;

	if (n > 256)
		return;
	memcpy(others[next].o_insns, classic, n * sizeof(*classic));
	others[next].o_len = n;
	next = (next + 1) % OTHERS;
}

/* Writes the joint program; 0, or -1 if the translation rejects the program. */
static int
translate(struct ebpf_code *c, const struct sock_filter *classic, size_t n)
{
	struct ebpf_window w = ebpf_window(DLT_EN10MB);
	size_t i;

	ebpf_window_add(&w, classic, n);
	for (i = 0; i < OTHERS; i++)
		ebpf_window_add(&w, others[i].o_insns, others[i].o_len);
	ebpf_window_complete(&w);
	ebpf_insn_clear(c);
	ebpf_insn_emit(c, MOV(CTX, ARG1));
	ebpf_insn_emit(c, MOV_IMM(SEGMENTS, 0));
	if (w.w_size != 0)
		ebpf_window_fill(c, &w);
	add_others(c, &w, 0);
	if (ebpf_translate(c, classic, n, &w, accept_packet, NULL) == -1)
		return -1;
	add_others(c, &w, 1);
	ebpf_insn_emit(c, MOV(RESULT, SEGMENTS));
	ebpf_insn_emit(c, EXIT);
	if (c->ec_len > EBPF_MAX)
		errx(1, "%zu instructions became %zu", n, c->ec_len);
	return 0;
}

/*
 * Attaches the joint program, behind a stub: what the stub calls is not limited
 * by the memory of a socket.  Returns 0, 1 if the translation rejects the
 * program, or -1 if the kernel rejects the translation.
 */
static int
attach_extended(struct judge *j, const struct sock_filter *classic, size_t n)
{
	static struct ebpf_code code;
	int prog;

	if (translate(&code, classic, n) == -1)
		return 1;
	if ((prog = ebpf_open(&code)) == -1)
		return -1;
	if (ebpf_array_set(j->j_array, 0, prog) == -1)
		err(1, "array");
	close(prog);
	remember(classic, n);
	return 0;
}

/* Opens the array, and attaches the stub. */
static void
open_extended(struct judge *j)
{
	static struct ebpf_code code;

	if ((j->j_array = ebpf_array(1)) == -1)
		err(1, "array");
	ebpf_insn_emit(&code, MOV(CTX, ARG1));
	ebpf_insn_emit_map(&code, ARG2, j->j_array);
	ebpf_insn_emit(&code, MOV_IMM(ARG3, 0));
	ebpf_insn_emit(&code, CALL(BPF_FUNC_tail_call));
	ebpf_insn_emit(&code, MOV_IMM(RESULT, 0));
	ebpf_insn_emit(&code, EXIT);
	if (ebpf_attach(&code, j->j_extended) == -1)
		err(1, "stub");
}

void
judge_open(struct judge *j, int type, const char *sender, const char *receiver)
{
	/* The kernel serves the oldest socket last: j_all after the filters. */
	j->j_all = open_socket(type, receiver);
	j->j_classic = open_socket(type, receiver);
	j->j_extended = open_socket(type, receiver);
	j->j_sender = sender_open(sender, false);
	open_extended(j);
}

const char *
judge_by(
    struct judge *j, const struct sock_filter *classic, size_t n, int *refused)
{
	int one, other, error, no_room;

	make_room(j->j_classic);
	one = attach_classic(j->j_classic, classic, n);
	no_room = one == -1 && errno == ENOMEM;
	other = attach_extended(j, classic, n);
	j->j_error = error = errno;
	*refused = one == -1;
	if (no_room)
		return NULL;
	if (one == 0 && other == -1)
		return strerror(error);
	if (one == 0 && other == 1)
		return error == ENOTSUP ? "no translation" :
					  "rejected by the translation only";
	if (one == -1 && other != 1)
		return "rejected by the kernel only";
	return NULL;
}

static unsigned int
accepted(int fd)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);
	char c;

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == -1)
		err(1, "statistics");
	while (stats.tp_packets != 0 && recv(fd, &c, 1, MSG_DONTWAIT) != -1)
		;
	return stats.tp_packets;
}

/* Receives a packet within `timeout` ms.  Returns its length, or -1. */
static ssize_t
receive(struct judge *j, struct verdict *v, int timeout)
{
	struct pollfd pfd = { .fd = j->j_all, .events = POLLIN };
	struct sockaddr_ll sll;
	socklen_t len = sizeof(sll);
	ssize_t n;

	if (poll(&pfd, 1, timeout) != 1)
		return -1;
	n = recvfrom(j->j_all, v->v_data, sizeof(v->v_data), MSG_DONTWAIT,
	    (struct sockaddr *)&sll, &len);
	v->v_protocol = ntohs(sll.sll_protocol);
	v->v_hardware = sll.sll_hatype;
	v->v_ifindex = (uint32_t)sll.sll_ifindex;
	v->v_type = sll.sll_pkttype;
	return n;
}

int
judge_frame(
    struct judge *j, const unsigned char *data, size_t len, struct verdict *v)
{
	static const unsigned char good[60] = { 2, 0, 0, 0, 0, 1 };
	static unsigned char rest[16];
	ssize_t got;
	int lost;

	if (send(j->j_sender, data, len, 0) == -1)
		return -1;
	/* The kernel drops frames with a truncated tag: sends a valid one. */
	lost = (got = receive(j, v, 2)) == -1;
	if (lost &&
	    (send(j->j_sender, good, sizeof(good), 0) == -1 ||
		(got = receive(j, v, 2000)) == -1))
		errx(1, "a frame does not arrive");
	v->v_len = (size_t)got;
	v->v_classic = accepted(j->j_classic);
	v->v_extended = accepted(j->j_extended);
	/* A loopback frame comes twice. */
	while (recv(j->j_all, rest, sizeof(rest), MSG_DONTWAIT) != -1)
		;
	return lost ? -1 : 0;
}

static uint64_t state = 1;

void
chance_seed(uint64_t seed)
{
	state = seed * 2 + 1;
}

uint32_t
chance(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}
