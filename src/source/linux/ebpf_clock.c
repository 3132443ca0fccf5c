/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/linux/ebpf_clock.h"
#include "source/linux/ebpf_insn.h"

/* Measurements; interrupts prolong some, hardly all of them. */
#define TRIES 8

/*
 * Loads a program that stores the kernel's time in the array.  Returns the
 * descriptor, or -1 and errno.
 */
static int
load_program(int array_fd, size_t offset)
{
	struct ebpf_code *code = ebpf_insn_begin();
	int fd;

	ebpf_insn_emit_value(code, SLOT, array_fd, offset);
	ebpf_insn_emit(code, CALL(BPF_FUNC_ktime_get_ns));
	ebpf_insn_emit(code, STORE(BPF_DW, SLOT, RESULT, 0));
	ebpf_insn_emit(code, MOV_IMM(RESULT, 0));
	ebpf_insn_emit(code, EXIT);
	fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "bpfstatsd", "ISC",
	    code->ec_insns, code->ec_len, NULL);
	return fd < 0 ? -1 : fd;
}

/* Reads the kernel's clock, and clock_now before and after it. */
static int
read_clocks(const _Atomic uint64_t *stored, int fd, uint64_t *before,
    uint64_t *kernel, uint64_t *after)
{
	char packet[64]; /* BPF_PROG_TEST_RUN rejects shorter ones */
	struct bpf_test_run_opts opts;

	memset(packet, 0, sizeof(packet));
	memset(&opts, 0, sizeof(opts));
	opts.sz = sizeof(opts);
	opts.data_in = packet;
	opts.data_size_in = sizeof(packet);
	/* valgrind(1) reports a missing output buffer as an error. */
	opts.data_out = packet;
	opts.data_size_out = sizeof(packet);
	*before = clock_now();
	if (bpf_prog_test_run_opts(fd, &opts) != 0)
		return -1;
	*after = clock_now();
	*kernel = atomic_load(stored);
	return *before == CLOCK_NEVER || *after == CLOCK_NEVER ? -1 : 0;
}

/* Measures the difference several times; the shortest measurement counts. */
static int
measure(const _Atomic uint64_t *stored, int fd, int64_t *ahead)
{
	uint64_t before, kernel, after, best = UINT64_MAX;
	int i, result = 0;

	for (i = 0; i < TRIES && best != 0; i++) {
		result = read_clocks(stored, fd, &before, &kernel, &after);
		if (result == -1)
			break;
		if (before <= kernel && kernel <= after) {
			best = 0;
			*ahead = 0;
		} else if (after - before < best) {
			best = after - before;
			*ahead = (int64_t)(kernel - before - best / 2);
		}
	}
	return result;
}

int
ebpf_clock(
    const _Atomic uint64_t *stored, size_t offset, int array_fd, int64_t *ahead)
{
	int fd, result;

	if ((fd = load_program(array_fd, offset)) == -1)
		return -1;
	result = measure(stored, fd, ahead);
	close(fd);
	return result;
}
