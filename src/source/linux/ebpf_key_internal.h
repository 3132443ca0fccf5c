/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: shared by the files of ebpf_key.  A call copies the IP header to the
 * stack, with the Ethernet type in front and the ports behind.  There the
 * addresses of IPv6 are in their places in the key:
 *
 *	 type   IP header (kc_ip)                     ports
 *	|------|-------------------------------------|-------|
 *	               |------------------------------------------|
 *	               EBPF_KEY
 *
 * The place of the header depends on the spec.  Without CAP_PERFMON the first
 * store to a place costs a wait of the processor, see ebpf_program.c, unless
 * a kernel function has written there.
 *
 * Without CAP_PERFMON Linux 6.1 refuses to change 8 bytes, on a multiple of 8,
 * whose first bytes were stored from a register or as a constant other than 0.
 * So the upper word is stored before the lower one, and the bits of an address
 * behind a prefix are cleared in place.
 */
#ifndef EBPF_KEY_INTERNAL_H
#define EBPF_KEY_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/key.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_key.h"

/* Registers, besides CTX, BYTES and SEGMENTS. */
enum {
	AT = BPF_REG_7,	   /* offset of the IP header, or of the one behind */
	VALUE = BPF_REG_1, /* last load */
	OTHER = BPF_REG_2,
	LIMIT = BPF_REG_3
};

/*
 * Cooked packets: AT is an offset from the link header, which is in front of
 * the packet's first byte; or from that byte if not all bits from this one on
 * are 0.
 */
#define AT_PACKET 32

/* Further places on the stack, relative to FRAME. */
#define KEY_START    (-96)  /* AT of an IPv6 header */
#define KEY_SIZE_AT  (-100) /* messages: bytes to load; not a multiple of 8 */
#define KEY_SCRATCH  (-104) /* Ethernet type and tag */
#define KEY_CAPTURED (-112) /* messages: AT at the end of the bytes */
#define KEY_WIRE     (-120) /* messages: AT at the end of the packet */

#define TYPE_SIZE 2 /* Ethernet type */
#define TAG_SIZE  4 /* VLAN tag with the type behind */
#define V4_HEADER 20
#define V6_HEADER 40

struct key_code {
	struct ebpf_code *kc_code;
	const struct key_spec *kc_spec;
	struct ebpf_jumps *kc_keyless;
	struct ebpf_jumps *kc_cut;
	short kc_ip;	 /* place of the IP header */
	int kc_ports;	 /* bytes of ports to load behind an IP header */
	bool kc_cooked;	 /* see AT_PACKET */
	bool kc_message; /* a log group: bytes of the packet may be missing */
};

/* Append an instruction; and a jump, which leads to kc_keyless. */
void ebpf_key_code_emit(const struct key_code *, struct bpf_insn);
void ebpf_key_code_none(const struct key_code *, struct bpf_insn);

/* Appends the arguments of a load, except for the offset. */
void ebpf_key_code_arguments(const struct key_code *, short place, int size);

/*
 * Appends the load of `size` bytes of the packet, from AT + `offset` on, to a
 * place.  RESULT is then 0; or another number if the packet is shorter, and the
 * bytes at the place are 0.
 */
void ebpf_key_code_load(
    const struct key_code *, int offset, short place, int size);

/*
 * Log groups: appends jumps to kc_keyless, if the packet ends before AT +
 * `offset`, and to kc_cut, if only the message ends before.  Nothing for other
 * links.  The code destroys VALUE and OTHER.
 */
void ebpf_key_message_reach(const struct key_code *, int offset);

/*
 * Append the code that makes all parts that the IP header at kc_ip and the
 * ports behind the header have; AT is the offset of the header in the packet.
 */
void ebpf_key_ip_v4(const struct key_code *);
void ebpf_key_ip_v6(const struct key_code *);

/*
 * Log groups: append code that sets AT to the IP header and VALUE to the
 * Ethernet type in network byte order; and code that loads a header of 20 or 40
 * bytes, with the ports behind, to kc_ip.
 */
void ebpf_key_message(const struct key_code *);
void ebpf_key_message_load(const struct key_code *, int header);

#endif
