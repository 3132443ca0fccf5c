/*
 * An input as a classic program and a frame:
 *
 *	u8   repeats of the program's body, all but its last instruction
 *	u8   instructions
 *	     the instructions, as struct sock_filter, in the machine's byte
 *order the frame, until the end
 *
 * So a few bytes make a program of any length.
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

/* 0, or -1 when there is no instruction in it. */
int cbpf_input_read(struct classic_input *, const uint8_t *, size_t len);

/* Its length; 0 when it is more than max. */
size_t cbpf_input_write(const struct classic_input *, uint8_t *, size_t max);

/*
 * The whole program, of at most BPF_MAXINSNS + 1 instructions; how many.  What
 * would be longer is cut to BPF_MAXINSNS.
 */
size_t cbpf_input_program(const struct classic_input *, struct sock_filter *);

#endif
