/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: number of packets on the wire in an aggregated buffer. */
#ifndef EBPF_SEGMENTS_H
#define EBPF_SEGMENTS_H

struct ebpf_code;

/*
 * Appends instructions that set SEGMENTS to the number of segments, 1 or
 * more.  Expects and keeps CTX; destroys all other registers and uses the
 * stack.
 */
void ebpf_segments(struct ebpf_code *);

#endif
