/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: the packet in a message of a log group, and its length. */
#ifndef EBPF_NFLOG_H
#define EBPF_NFLOG_H

#include <stdbool.h>
#include <stdint.h>

struct ebpf_code;

/*
 * Bytes of the packet that its message must contain: all of the largest usual
 * frame, and at least the IP header of a larger buffer.
 */
#define EBPF_NFLOG_RANGE 9216

/* The packet in a message; offsets are from the start of the message. */
struct nflog_packet {
	uint64_t np_at;	      /* possible IP header */
	uint64_t np_captured; /* end of the payload; 0: the message has none */
	uint64_t np_wire;     /* end of the packet, as far as known */
	uint64_t np_type;     /* Ethernet type of the header at np_at */
};

/* Place of the packet on the stack, relative to FRAME. */
#define STACK_PACKET (-64)

/*
 * Appends instructions that store the length of the packet at STACK_BYTES, or 0
 * if the message lacks the length; `packet`: also the packet at STACK_PACKET.
 * Expects the message as CTX; keeps CTX; destroys all other registers and uses
 * the stack.
 */
void ebpf_nflog(struct ebpf_code *, bool packet);

#endif
