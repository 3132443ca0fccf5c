/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: translates a classic filter into extended BPF instructions. */
#ifndef EBPF_TRANSLATE_H
#define EBPF_TRANSLATE_H

#include <stddef.h>

struct ebpf_code;
struct sock_filter;

/*
 * Appends the translation of the classic program of n instructions: accepted
 * packets continue with the next instruction, for others the program returns 0.
 * Expects CTX and keeps it; destroys all other registers and uses the stack.
 * Returns 0, or -1 and errno: EINVAL if the kernel would refuse the classic
 * program, ENOTSUP if it loads metadata that extended programs lack.
 */
int ebpf_translate(struct ebpf_code *, const struct sock_filter *, size_t n);

#endif
