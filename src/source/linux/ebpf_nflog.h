/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: length of the packet in a message of a log group. */
#ifndef EBPF_NFLOG_H
#define EBPF_NFLOG_H

struct ebpf_code;

/*
 * Bytes of the packet that its message must contain: all of the largest usual
 * frame, and at least the IP header of a larger buffer.
 */
#define EBPF_NFLOG_RANGE 9216

/*
 * Appends instructions that store the length of the packet at STACK_BYTES, or 0
 * if the message lacks the length.  Expects the message as CTX; keeps CTX;
 * destroys all other registers and uses the stack.
 */
void ebpf_nflog(struct ebpf_code *);

#endif
