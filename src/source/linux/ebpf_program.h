/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: generates counting programs.  A program looks at a packet once: the
 * direction, the number of packets on the wire (ebpf_segments), the window of
 * the first bytes (ebpf_window).  Then come all filters, one after the other
 * (ebpf_translate), each with a slot (slots.h): silences (ebpf_silence),
 * counters, and calls of the tables of keys (ebpf_keyed).  The programs accept
 * no packet, so that the socket stays empty.
 */
#ifndef EBPF_PROGRAM_H
#define EBPF_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "source/source.h"

struct ebpf_code;
struct ebpf_keyed;
struct slots;
struct sock_filter;

/* A filter and its slot. */
struct ebpf_counted {
	const struct sock_filter *ec_insns; /* classic; borrowed */
	size_t ec_len;			    /* 0: all packets */
	const struct slots *ec_slots;
	size_t ec_unit; /* see slots_take */
	bool ec_bytes;	/* counts bytes, too */
	bool ec_time;	/* knows times and silences */
	/* Tables that count the same packets by key; borrowed. */
	const struct ebpf_keyed *const *ec_tables;
	size_t ec_ntables;
};

/*
 * Writes the program of `n` filters for packets of a link type, DLT_..., and a
 * direction.  next: the entry of the PROG_ARRAY whose program goes on with
 * the packet; -1: none.  Returns 0; or -1 and errno as ebpf_translate.
 */
int ebpf_program(struct ebpf_code *, const struct ebpf_counted *, size_t n,
    int link, enum direction, int array_fd, int next);

/* Writes the program that counts the messages of a log group. */
void ebpf_program_nflog(struct ebpf_code *, const struct ebpf_counted *);

/* Writes the program that passes each packet to an entry of the PROG_ARRAY. */
void ebpf_program_stub(struct ebpf_code *, int array_fd, int entry);

/*
 * Returns 0 if a classic filter of n instructions can be in such a program; or
 * -1 and errno as ebpf_translate.
 */
int ebpf_program_try(const struct sock_filter *, size_t n, int link);

#endif
