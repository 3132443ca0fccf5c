/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A fuzzer's input is a classic program and a frame:
 *
 *	u8	repeats of the body, all instructions but the last
 *	u8	number of instructions
 *	...	instructions, struct sock_filter in host byte order
 *	...	frame, until the end
 *
 * A few bytes can make a program of any length.
 */
#ifndef CLASSIC_INPUT_H
#define CLASSIC_INPUT_H

#include <linux/filter.h>

#include <stddef.h>
#include <stdint.h>

#define INPUT_INSNS UINT8_MAX
#define INPUT_FRAME 1514

struct classic_input {
	uint8_t ci_repeats;
	uint8_t ci_n;
	struct sock_filter ci_insns[INPUT_INSNS];
	size_t ci_len;
	uint8_t ci_frame[INPUT_FRAME];
};

/* Parses an input.  Returns 0, or -1 if it has no instruction. */
int cbpf_input_read(struct classic_input *, const uint8_t *, size_t len);

/* Writes an input.  Returns its length, or 0 if it is longer than max. */
size_t cbpf_input_write(const struct classic_input *, uint8_t *, size_t max);

/*
 * Expands the repeats.  Returns the length of the program: up to BPF_MAXINSNS +
 * 1, and BPF_MAXINSNS for a longer one, which is truncated.
 */
size_t cbpf_input_program(const struct classic_input *, struct sock_filter *);

#endif
