/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: generates the counting program.  Its stages: the translated filter
 * (ebpf_translate), the number of packets (ebpf_segments) and of bytes
 * (ebpf_nflog for log groups), silences (ebpf_silence), and the counters.
 * Stages hand values over in the registers of ebpf_insn.h.
 */
#ifndef EBPF_PROGRAM_H
#define EBPF_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

struct ebpf_code;
struct slots;
struct sock_filter;

/* Bytes to count. */
enum ebpf_bytes {
	EBPF_NO_BYTES,
	EBPF_BYTES_PACKET, /* length of the frame, as tcpdump(1) prints it */
	EBPF_BYTES_NFLOG   /* length of the packet in a log group's message */
};

/* Optional counts; each costs some nanoseconds a packet. */
struct ebpf_what {
	enum ebpf_bytes ew_bytes;
	bool ew_time; /* times and silences */
};

/*
 * Writes the program that counts in a slot (slots.h) the packets that the
 * classic filter of n instructions accepts; n = 0: every packet.  Returns 0, or
 * -1 and errno as ebpf_translate.  A program that is too long has an ec_len
 * above EBPF_MAX.
 */
int ebpf_program(struct ebpf_code *, const struct sock_filter *filter, size_t n,
    const struct ebpf_what *, const struct slots *, size_t unit);

#endif
