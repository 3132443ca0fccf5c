/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: makes the key of a packet, as key_extract() does.
 *
 * The code is the beginning of a subprogram, whose stores are in a frame of
 * their own: on the main frame they would make the verifier's work quadratic.
 * The main program calls ebpf_insn_call() with ARG1 = CTX, ARG2 = SEGMENTS,
 * ARG3 = BYTES, and in a log group ARG4 = FRAME + STACK_PACKET, which
 * ebpf_nflog() has filled in; the subprogram first of all moves ARG1 to ARG3 to
 * the registers of the same names.
 */
#ifndef EBPF_KEY_H
#define EBPF_KEY_H

struct ebpf_code;
struct ebpf_jumps;
struct key_spec;

/* Stands for the link type of a log group; no DLT_, nor PACKET_SOCKET_ANY. */
#define EBPF_KEY_NFLOG (-2)

/*
 * Places on the stack, relative to FRAME: the key, key_size() bytes, and the
 * end of what ebpf_key() uses.  Behind it only the key must stay.
 */
#define EBPF_KEY     (-48)
#define EBPF_KEY_END (-120)

/*
 * Appends the instructions for packets of a link type, DLT_....  If there is a
 * key, goes on behind these, with the key at EBPF_KEY.  Other packets jump: to
 * `keyless` (KEY_NONE), never empty, and to `cut` (KEY_CUT), which stays empty
 * but in a log group: the kernel refuses code that no jump leads to.
 *
 * Expects CTX, and ARG4 as above; keeps CTX, BYTES and SEGMENTS; destroys all
 * others.
 */
void ebpf_key(struct ebpf_code *, const struct key_spec *, int link,
    struct ebpf_jumps *keyless, struct ebpf_jumps *cut);

#endif
