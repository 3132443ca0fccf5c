/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: translates a classic filter into extended BPF instructions. */
#ifndef EBPF_TRANSLATE_H
#define EBPF_TRANSLATE_H

#include <stddef.h>

struct ebpf_code;
struct ebpf_window;
struct sock_filter;

/*
 * Appends the instructions for accepted packets.  May use all registers but
 * CTX and SEGMENTS.
 */
typedef void ebpf_translate_accept(struct ebpf_code *, const void *arg);

/*
 * Appends the translation of the classic program of n instructions: for
 * accepted packets it calls accept(arg), whose instructions run; then control
 * passes to the next instruction, as for all other packets.  Keeps CTX and
 * SEGMENTS, and the filled window that it expects; destroys all other registers
 * and scratch memory on the stack.  Returns 0; or -1 and errno, and appends
 * nothing: EINVAL if the kernel would refuse the classic program, ENOTSUP if it
 * loads metadata that extended programs lack, E2BIG if the translation is too
 * long.
 */
int ebpf_translate(struct ebpf_code *, const struct sock_filter *, size_t n,
    const struct ebpf_window *, ebpf_translate_accept *accept, const void *arg);

#endif
