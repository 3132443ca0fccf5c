/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: copies the first bytes of a packet to the stack with one call. */
#ifndef EBPF_WINDOW_H
#define EBPF_WINDOW_H

#include <stddef.h>

struct ebpf_code;
struct sock_filter;

/* Assumed value of X in indirect loads: an IPv4 header without options. */
#define EBPF_WINDOW_X 20

struct ebpf_window {
	unsigned int w_size;  /* bytes; 0: no window */
	unsigned int w_loads; /* loads from the window */
	short w_base;	      /* place of the first byte, relative to FRAME */
};

/* Starts an empty window, for filters of a link type, DLT_.... */
struct ebpf_window ebpf_window(int link);

/* Extends the window to serve the loads of a classic program. */
void ebpf_window_add(
    struct ebpf_window *, const struct sock_filter *, size_t n);

/* Empties a window with too few loads to be worth the call. */
void ebpf_window_complete(struct ebpf_window *);

/*
 * Returns the place of the bytes that the instruction loads, relative to FRAME,
 * or 0 if the window lacks these bytes; *end is the end of the bytes in the
 * packet.  For BPF_IND the place is right if X is EBPF_WINDOW_X.
 */
short ebpf_window_place(
    const struct ebpf_window *, const struct sock_filter *, unsigned int *end);

/*
 * Appends the call that fills the window, as far as the packet is long enough;
 * bytes behind the packet are 0.  Expects CTX; destroys RESULT and the
 * arguments.  The program ends if the packet cannot be read.
 */
void ebpf_window_fill(struct ebpf_code *, const struct ebpf_window *);

#endif
