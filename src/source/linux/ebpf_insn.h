/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: extended BPF instructions, named as in the kernel's documentation, and
 * functions that append instructions to a program.  In the macros d and s are
 * the destination and source register, o is an offset and i a constant.
 */
#ifndef EBPF_INSN_H
#define EBPF_INSN_H

#include <linux/bpf.h>

#include <stddef.h>

/* clang-format off */
#define INSN(c, d, s, o, i)                                      \
	((struct bpf_insn){ .code = (c),                         \
	    .dst_reg = (__u8)((d) & 0xf),                        \
	    .src_reg = (__u8)((s) & 0xf), .off = (o), .imm = (i) })
#define ALU(op, d, s)		INSN(BPF_ALU64 | (op) | BPF_X, d, s, 0, 0)
#define ALU_IMM(op, d, i)	INSN(BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
#define MOV(d, s)		ALU(BPF_MOV, d, s)
#define MOV_IMM(d, i)		ALU_IMM(BPF_MOV, d, i)
#define ALU32(op, d, s)		INSN(BPF_ALU | (op) | BPF_X, d, s, 0, 0)
#define ALU32_IMM(op, d, i)	INSN(BPF_ALU | (op) | BPF_K, d, 0, 0, i)
#define MOV32(d, s)		ALU32(BPF_MOV, d, s)
#define MOV32_IMM(d, i)		ALU32_IMM(BPF_MOV, d, i)
#define LOAD(size, d, s, o)	INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define STORE(size, d, s, o)	INSN(BPF_STX | BPF_MEM | (size), d, s, o, 0)
#define STORE_IMM(size, d, o, i) INSN(BPF_ST | BPF_MEM | (size), d, 0, o, i)
#define FROM_BE16(d)		INSN(BPF_ALU | BPF_END | BPF_X, d, 0, 0, 16)
#define FROM_BE32(d)		INSN(BPF_ALU | BPF_END | BPF_X, d, 0, 0, 32)
#define ATOMIC(d, s, o, i)	INSN(BPF_STX | BPF_ATOMIC | BPF_DW, d, s, o, i)
#define ATOMIC32(d, s, o, i)	INSN(BPF_STX | BPF_ATOMIC | BPF_W, d, s, o, i)
#define JUMP(op, d, s)		INSN(BPF_JMP | (op) | BPF_X, d, s, 0, 0)
#define JUMP_IMM(op, d, i)	INSN(BPF_JMP | (op) | BPF_K, d, 0, 0, i)
#define JUMP32_IMM(op, d, i)	INSN(BPF_JMP32 | (op) | BPF_K, d, 0, 0, i)
#define JUMP_ALWAYS		INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0)
#define CALL(f)			INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define CALL_SUB \
	INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0)
#define EXIT			INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* clang-format on */

/*
 * Registers.  A kernel function takes arguments in ARG1 to ARG5, returns a
 * value in RESULT and destroys these six; r6 to r9 survive a call, and
 * FRAME is read-only (Documentation/bpf/standardization/abi.rst).  A file may
 * declare more names for a stage of the program.
 */
enum ebpf_register {
	RESULT = BPF_REG_0,
	ARG1 = BPF_REG_1,
	ARG2 = BPF_REG_2,
	ARG3 = BPF_REG_3,
	ARG4 = BPF_REG_4,
	ARG5 = BPF_REG_5,
	FRAME = BPF_REG_10,

	/* All stages of the counting program. */
	CTX = BPF_REG_6,      /* struct __sk_buff */
	SEGMENTS = BPF_REG_9, /* packets on the wire */

	/* While a packet is counted. */
	SLOT = BPF_REG_7,  /* struct slot_memory */
	BYTES = BPF_REG_8, /* of the packet */

	/* Registers of the classic program, in its translation. */
	A = RESULT,
	X = BPF_REG_7,
	SAVED = BPF_REG_8, /* keeps A during a call */
	LENGTH = ARG5	   /* bytes of the packet; see kn_length */
};

/*
 * Places on the stack, relative to FRAME.  The window has up to 64 bytes and
 * begins up to 3 bytes later.
 */
#define STACK_MEMORY (-128) /* scratch memory of a classic program */
#define STACK_WINDOW (-196) /* see ebpf_window.h */
#define STACK_LOADED (-208) /* bytes of a single load */
#define STACK_BYTES  (-216) /* bytes of a log group's packet */

/* Offset of a member of the context. */
#define SKB(member) ((short)offsetof(struct __sk_buff, member))

/* Instructions of a program, at most. */
#define EBPF_MAX 60000

/* Calls of subprograms, at most. */
#define EBPF_CALLS_MAX 4096

struct ebpf_call {
	size_t el_place;
	const void *el_sub;
};

struct ebpf_code {
	struct bpf_insn ec_insns[EBPF_MAX];
	size_t ec_len; /* instructions; above EBPF_MAX: too long */
	struct ebpf_call ec_calls[EBPF_CALLS_MAX];
	size_t ec_ncalls;
};

/* Returns the only space of the process for a program to load, empty. */
struct ebpf_code *ebpf_insn_begin(void);

/* Removes all instructions. */
void ebpf_insn_clear(struct ebpf_code *);

/* Appends an instruction.  Returns the place, for ebpf_insn_land. */
size_t ebpf_insn_emit(struct ebpf_code *, struct bpf_insn);

/*
 * Append the load of an address, 64 bits in two instructions: of a map, and of
 * a place in the first element of a map, `offset` bytes from the beginning.
 */
void ebpf_insn_emit_map(struct ebpf_code *, int reg, int fd);
void ebpf_insn_emit_value(struct ebpf_code *, int reg, int fd, size_t offset);

/* Makes the next instruction the target of the jump at `place`. */
void ebpf_insn_land(struct ebpf_code *, size_t place);

/* Jumps with a common target. */
#define EBPF_JUMPS_MAX 64
struct ebpf_jumps {
	size_t ej_places[EBPF_JUMPS_MAX];
	size_t ej_n;
};

/*
 * Appends a jump and adds it to the list.  With a full list the program counts
 * as too long: ec_len is above EBPF_MAX.
 */
void ebpf_insn_jump(struct ebpf_code *, struct ebpf_jumps *, struct bpf_insn);

/* Makes the next instruction the target of all jumps in the list. */
void ebpf_insn_land_jumps(struct ebpf_code *, const struct ebpf_jumps *);

/*
 * Appends the call of a subprogram, which an address of the caller's choice
 * stands for.  Registers are as in the call of a kernel function, and the
 * subprogram has a FRAME of its own.  With too many calls the program counts as
 * too long.
 */
void ebpf_insn_call(struct ebpf_code *, const void *sub);

/*
 * Makes the next instruction the first of a subprogram, for all calls of it so
 * far.  Subprograms are behind the main program, each ends with EXIT, and the
 * kernel takes 255 of them.
 */
void ebpf_insn_sub(struct ebpf_code *, const void *sub);

#endif
