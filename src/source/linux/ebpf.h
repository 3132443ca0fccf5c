/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: loads extended BPF programs and attaches programs to sockets.
 * Functions of type int return a descriptor, close-on-exec and owned by the
 * caller, or 0; -1 and errno on failure.
 */
#ifndef EBPF_H
#define EBPF_H

#include <stddef.h>

struct ebpf_code;

/* Loads a program. */
int ebpf_open(const struct ebpf_code *);

/* Loads a program and attaches it to a socket, which keeps the program. */
int ebpf_attach(const struct ebpf_code *, int sock);

/*
 * Makes a PROG_ARRAY.  The kernel empties the array when the last descriptor is
 * closed, even if programs use the array (bpf_fd_array_map_clear()).
 */
int ebpf_array(size_t entries);

/*
 * Set and clear an entry: each packet runs the program before or the program
 * after the change.  A replaced program may run on for the current packet.
 */
int ebpf_array_set(int array_fd, size_t entry, int prog_fd);
void ebpf_array_clear(int array_fd, size_t entry);

/*
 * Returns the reason why only a classic filter is possible, and the remedy, for
 * an errno of slots_shared, ebpf_program_try or ebpf_open.  what: the purpose
 * of the extended filter, as "counts bytes".  The text is overwritten by the
 * next call.
 */
const char *ebpf_problem(const char *what, int error);

#endif
