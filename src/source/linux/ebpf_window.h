/* Linux: the first bytes of a packet, copied to the stack by one call. */
#ifndef EBPF_WINDOW_H
#define EBPF_WINDOW_H

#include <stddef.h>

struct ebpf_code;
struct sock_filter;

/* Behind a header of unknown length, it is taken to be of so many bytes. */
#define EBPF_WINDOW_X 20

struct ebpf_window {
	unsigned int w_size; /* in bytes; 0: none, all is left to the kernel */
	short w_base;	     /* from the frame pointer */
};

/* The one that serves the classic program of n instructions best. */
struct ebpf_window ebpf_window(const struct sock_filter *, size_t n);

/*
 * Where it has what the instruction loads, from the frame pointer; for LD_IND
 * if X is EBPF_WINDOW_X.  0 when it is elsewhere.
 */
short ebpf_window_place(const struct ebpf_window *, const struct sock_filter *);

/*
 * Appends the call that fills it; the context is in r6.  The place of the jump
 * that is taken when the packet is shorter.
 */
size_t ebpf_window_fill(struct ebpf_code *, const struct ebpf_window *);

#endif
