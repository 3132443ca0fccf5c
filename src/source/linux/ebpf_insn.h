/*
 * Linux: extended BPF instructions, by the names that kernel documentation
 * uses, and a program that grows by them.  d and s are registers, o an offset,
 * i a constant.
 */
#ifndef EBPF_INSN_H
#define EBPF_INSN_H

#include <linux/bpf.h>

#include <stddef.h>

/* clang-format off */
#define INSN(c, d, s, o, i)                                             \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), \
	    .off = (o), .imm = (i) })
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
#define FROM_BE16(d)		INSN(BPF_ALU | BPF_END | BPF_X, d, 0, 0, 16)
#define FROM_BE32(d)		INSN(BPF_ALU | BPF_END | BPF_X, d, 0, 0, 32)
#define ATOMIC(d, s, o, i)	INSN(BPF_STX | BPF_ATOMIC | BPF_DW, d, s, o, i)
#define JUMP(op, d, s)		INSN(BPF_JMP | (op) | BPF_X, d, s, 0, 0)
#define JUMP_IMM(op, d, i)	INSN(BPF_JMP | (op) | BPF_K, d, 0, 0, i)
#define JUMP32_IMM(op, d, i)	INSN(BPF_JMP32 | (op) | BPF_K, d, 0, 0, i)
#define JUMP_ALWAYS		INSN(BPF_JMP | BPF_JA, 0, 0, 0, 0)
#define CALL(f)			INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT			INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* clang-format on */

/* The context of a socket filter, by its members. */
#define SKB(member) ((short)offsetof(struct __sk_buff, member))

/* Of a filter of BPF_MAXINSNS instructions and the counting, with ease. */
#define EBPF_MAX (6 * 4096 + 512)

struct ebpf_code {
	struct bpf_insn ec_insns[EBPF_MAX];
	size_t ec_len; /* above EBPF_MAX when it was too small */
};

/* Appends one; its place, for ebpf_insn_land. */
size_t ebpf_insn_emit(struct ebpf_code *, struct bpf_insn);

/* Appends a 64 bit constant in two: BPF_PSEUDO_MAP_FD or _VALUE of fd. */
void ebpf_insn_emit_map(struct ebpf_code *, int reg, int kind, int fd);

/* The jump at `place` goes to what is appended next. */
void ebpf_insn_land(struct ebpf_code *, size_t place);

/* Jumps that share a target. */
#define EBPF_JUMPS_MAX 32
struct ebpf_jumps {
	size_t ej_places[EBPF_JUMPS_MAX];
	size_t ej_n;
};

/* Appends a jump and adds it to those. */
void ebpf_insn_jump(struct ebpf_code *, struct ebpf_jumps *, struct bpf_insn);

/* The jumps go to what is appended next. */
void ebpf_insn_land_jumps(struct ebpf_code *, const struct ebpf_jumps *);

/* Appends a jump back to the instruction at `target`. */
void ebpf_insn_again(struct ebpf_code *, size_t target);

#endif
