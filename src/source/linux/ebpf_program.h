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
#include <stdint.h>

#include "source/source.h"

struct ebpf_code;
struct sock_filter;

struct ebpf_counter {
	_Atomic uint64_t en_seen;      /* packets or bytes */
	_Atomic uint64_t en_threshold; /* wakes the daemon; UINT64_MAX: never */
};

/* A struct source_silence in times of the kernel's clock. */
struct ebpf_slot {
	_Atomic uint64_t el_time; /* ns; EBPF_UNUSED: never counts */
	_Atomic uint64_t el_since;
	_Atomic uint64_t el_count;
};

/* Longer than any silence; the program compares signed numbers. */
#define EBPF_UNUSED ((uint64_t)INT64_MAX)

/*
 * Memory that program and daemon share, the only element of an array map.
 * Times are ns of the kernel's monotonic clock, see ebpf_clock.
 */
struct ebpf_shared {
	struct ebpf_counter es_packets;
	struct ebpf_counter es_bytes;
	_Atomic uint64_t es_last;     /* time of the last packet, or 0 */
	_Atomic uint64_t es_shortest; /* shortest el_time, or EBPF_UNUSED */
	struct ebpf_slot es_silences[SOURCE_SILENCES];
	_Atomic uint64_t es_clock; /* used by ebpf_clock */
};

/* Bytes to count. */
enum ebpf_bytes {
	EBPF_NO_BYTES,
	EBPF_BYTES_PACKET, /* length of the frame, as tcpdump(1) prints it */
	EBPF_BYTES_NFLOG   /* length of the packet in a log group's message */
};

/* Optional counts; each costs some nanoseconds a packet. */
struct ebpf_what {
	enum ebpf_bytes ew_bytes;
	bool ew_time; /* es_last and es_silences */
};

/*
 * Writes the program for two maps, the array of struct ebpf_shared and a ring
 * buffer of records, each a time as uint64_t.  The program counts the packets
 * that the classic filter of n instructions accepts; n = 0: every packet.
 * Returns 0, or -1 and errno as ebpf_translate.  A program that is too long has
 * an ec_len above EBPF_MAX.
 */
int ebpf_program(struct ebpf_code *, const struct sock_filter *filter, size_t n,
    const struct ebpf_what *, int array_fd, int ring_fd);

#endif
