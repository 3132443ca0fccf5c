/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: translates loads of packet metadata (SKF_AD_... of classic BPF). */
#ifndef EBPF_METADATA_H
#define EBPF_METADATA_H

#include <stdint.h>

struct ebpf_code;

/*
 * Appends the load of SKF_AD_OFF + name to A; expects CTX and X.  Returns 0,
 * EINVAL if classic programs lack the load, too, or ENOTSUP if only
 * extended programs lack it.
 */
int ebpf_metadata(struct ebpf_code *, uint32_t name);

#endif
