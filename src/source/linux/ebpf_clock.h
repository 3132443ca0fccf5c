/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: compares the clock of BPF programs with clock_now. */
#ifndef EBPF_CLOCK_H
#define EBPF_CLOCK_H

#include <stdint.h>

struct ebpf_shared;

/*
 * Measures how far bpf_ktime_get_ns() is ahead of clock_now, ns; once a
 * process. The difference is 0 except in a time namespace with an offset
 * (time_namespaces(7)), which is fixed for a running process; there the result
 * is exact to a few microseconds.  Runs a program that stores the kernel's time
 * in es_clock of the array.  Returns 0, or -1 and errno.
 */
int ebpf_clock(struct ebpf_shared *, int array_fd, int64_t *ahead);

#endif
