/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: compares the clock of BPF programs with clock_now. */
#ifndef EBPF_CLOCK_H
#define EBPF_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Measures how far bpf_ktime_get_ns() is ahead of clock_now, ns; once a
 * process. The difference is 0 except in a time namespace with an offset
 * (time_namespaces(7)), which is fixed for a running process; there the result
 * is exact to a few microseconds.  Runs a program that stores the kernel's time
 * in `stored`, at this offset of the only element of the array.  Returns 0, or
 * -1 and errno.
 */
int ebpf_clock(const _Atomic uint64_t *stored, size_t offset, int array_fd,
    int64_t *ahead);

#endif
