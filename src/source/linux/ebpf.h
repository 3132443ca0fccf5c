/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: an extended BPF socket filter that counts packets in the kernel and
 * copies none.  When a count reaches its threshold, the program clears the
 * threshold and writes one record to a ring buffer, whose descriptor becomes
 * readable.
 *
 * Counts are packets on the wire: each segment of an aggregated buffer (GRO,
 * GSO) counts.
 *
 * Needs Linux 5.12 (atomic operations that fetch) and CAP_BPF.
 */
#ifndef EBPF_H
#define EBPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/linux/ebpf_program.h"

struct ebpf;
struct sock_filter;
struct source_count;

/*
 * Creates the maps; the program is loaded by ebpf_attach.  Returns NULL and
 * errno on failure.  The caller owns the result and closes it with ebpf_close.
 */
struct ebpf *ebpf_open(const struct ebpf_what *);

/*
 * Attaches a program to a socket, which keeps the program.  The program counts
 * the packets that the classic filter of n instructions accepts; with several
 * sockets the count is the sum.  Returns 0, or -1 and errno: ENOTSUP if the
 * filter has no translation, E2BIG if the translation is too long.
 */
int ebpf_attach(
    struct ebpf *, const struct sock_filter *filter, size_t n, int sock);

/*
 * Returns the reason why bytes cannot be counted, and the remedy, for an errno
 * of ebpf_open or ebpf_attach.
 */
const char *ebpf_problem(int error);

/* Closes the descriptor that only ebpf_attach needs, after the last socket. */
void ebpf_complete(struct ebpf *);

/*
 * Returns the descriptor that is readable once a threshold is reached.  The
 * ebpf keeps owning it.
 */
int ebpf_fd(const struct ebpf *);

/*
 * Reads the counts, and consumes the record, so that ebpf_fd is no longer
 * readable.
 */
void ebpf_count(struct ebpf *, struct source_count *);

/*
 * Sets the thresholds sc_packets and sc_bytes; UINT64_MAX: never.  Returns true
 * if one of them is reached already: then no record comes for it.
 */
bool ebpf_arm(struct ebpf *, const struct source_count *thresholds);

/* Implements source_silence. */
bool ebpf_count_silences(
    struct ebpf *, size_t slot, uint64_t time, uint64_t since);

/* Releases everything; accepts NULL and a half-built object. */
void ebpf_close(struct ebpf *);

#endif
