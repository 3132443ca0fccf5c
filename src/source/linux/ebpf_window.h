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
	unsigned int w_size; /* bytes; 0: no window */
	short w_base;	     /* relative to FRAME */
};

/*
 * Returns the window that serves most loads of a classic program of n
 * instructions, or one of size 0 if no window is worth its call.
 */
struct ebpf_window ebpf_window(const struct sock_filter *, size_t n);

/*
 * Returns the place of the bytes that the instruction loads, relative to FRAME,
 * or 0 if the window does not have them.  For BPF_IND the place is right if X
 * is EBPF_WINDOW_X.
 */
short ebpf_window_place(const struct ebpf_window *, const struct sock_filter *);

/*
 * Appends the call that fills the window; expects CTX.  Returns the place of
 * the jump that is taken if the packet is shorter than the window.
 */
size_t ebpf_window_fill(struct ebpf_code *, const struct ebpf_window *);

#endif
