/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>
#include <linux/filter.h>

#include <errno.h>
#include <stdbool.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_metadata.h"

/* Ancillary loads that read a member of the context. */
static const struct {
	uint32_t a_name;
	short a_member;
	bool a_swap; /* stored in network byte order */
} ancillaries[] = {
	{ SKF_AD_PROTOCOL, SKB(protocol), true },
	{ SKF_AD_PKTTYPE, SKB(pkt_type), false },
	{ SKF_AD_IFINDEX, SKB(ifindex), false },
	{ SKF_AD_MARK, SKB(mark), false },
	{ SKF_AD_QUEUE, SKB(queue_mapping), false },
	{ SKF_AD_RXHASH, SKB(hash), false },
	{ SKF_AD_VLAN_TAG, SKB(vlan_tci), false },
	{ SKF_AD_VLAN_TAG_PRESENT, SKB(vlan_present), false },
	{ SKF_AD_VLAN_TPID, SKB(vlan_proto), true },
};

int
ebpf_metadata(struct ebpf_code *c, uint32_t name)
{
	size_t i;

	for (i = 0; i < sizeof(ancillaries) / sizeof(ancillaries[0]); i++) {
		if (ancillaries[i].a_name != name)
			continue;
		ebpf_insn_emit(c, LOAD(BPF_W, A, CTX, ancillaries[i].a_member));
		if (ancillaries[i].a_swap)
			ebpf_insn_emit(c, FROM_BE16(A));
		return 0;
	}
	switch (name) {
	case SKF_AD_CPU:
		ebpf_insn_emit(c, CALL(BPF_FUNC_get_smp_processor_id));
		return 0;
	case SKF_AD_RANDOM:
		ebpf_insn_emit(c, CALL(BPF_FUNC_get_prandom_u32));
		return 0;
	case SKF_AD_ALU_XOR_X:
		ebpf_insn_emit(c, ALU32(BPF_XOR, A, X));
		return 0;
	case SKF_AD_NLATTR:
	case SKF_AD_NLATTR_NEST:
	case SKF_AD_HATYPE:
	case SKF_AD_PAY_OFFSET:
		return ENOTSUP;
	default:
		return EINVAL;
	}
}
