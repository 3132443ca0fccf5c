/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux and classic BPF: properties of a single instruction. */
#ifndef CBPF_INSN_H
#define CBPF_INSN_H

#include <linux/bpf_common.h>

#include <stdint.h>

/* Returns the bytes that a load (BPF_LD, BPF_LDX) reads from the packet. */
static inline unsigned int
cbpf_insn_width(uint16_t code)
{
	switch (BPF_SIZE(code)) {
	case BPF_W:
		return 4;
	case BPF_H:
		return 2;
	default:
		return 1;
	}
}

#endif
