/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: translates the loads of a classic program. */
#ifndef EBPF_LOAD_H
#define EBPF_LOAD_H

struct sock_filter;
struct translation;

/*
 * Appends a load to A or X, BPF_LD or BPF_LDX.  Returns 0, or an errno as
 * ebpf_translate.
 */
int ebpf_load(struct translation *, const struct sock_filter *);

#endif
