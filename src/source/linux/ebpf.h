/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: extended BPF socket filters, which count packets in the kernel and
 * copy none.  Counts are packets on the wire: each segment of an aggregated
 * buffer (GRO, GSO) counts.
 */
#ifndef EBPF_H
#define EBPF_H

#include <stddef.h>

#include "source/linux/ebpf_program.h"

struct slots;
struct sock_filter;

/*
 * Attaches a program to a socket, which keeps the program.  The program counts
 * in a slot the packets that the classic filter of n instructions accepts; with
 * several sockets the count is the sum.  Returns 0, or -1 and errno: ENOTSUP if
 * the filter has no translation, E2BIG if the translation is too long.
 */
int ebpf_attach(const struct slots *, size_t unit, const struct ebpf_what *,
    const struct sock_filter *filter, size_t n, int sock);

/*
 * Returns the reason why bytes cannot be counted, and the remedy, for an errno
 * of slots_open or ebpf_attach.
 */
const char *ebpf_problem(int error);

#endif
