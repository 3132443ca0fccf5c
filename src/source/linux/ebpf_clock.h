/* Linux: the clock of programs in the kernel. */
#ifndef EBPF_CLOCK_H
#define EBPF_CLOCK_H

#include <stdint.h>

struct ebpf_shared;

/*
 * Measures how far the kernel's clock is ahead of clock_now, once in a process:
 * 0 except in a time namespace with an offset, which no process can change.
 * There it is exact to a few microseconds.  Runs a program that leaves the
 * kernel's time in the array.  0, or -1 and errno.
 */
int ebpf_clock(struct ebpf_shared *, int array_fd, int64_t *ahead);

#endif
