/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: the state of the code of a table while it is generated, and steps that
 * several files have in common; see ebpf_keyed.h.
 */
#ifndef EBPF_KEYED_CODE_H
#define EBPF_KEYED_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_key.h"
#include "source/linux/ebpf_keyed.h"
#include "source/linux/keyed_memory.h"

struct keyed_code {
	struct ebpf_code *kc_code;
	const struct ebpf_keyed *kc_table;
	struct ebpf_jumps kc_found;   /* find: SLOT is that of the key */
	struct ebpf_jumps kc_new;     /* find: so it is, and the key is new */
	struct ebpf_jumps kc_refused; /* no place */
};

/*
 * Registers; SLOT is a struct keyed_slot.  There are no loops: without
 * CAP_PERFMON the verifier follows each beyond its end.  So what is tried
 * several times is a subprogram, or written several times.  And without
 * CAP_PERFMON the processor waits behind the first store to a place on the
 * stack, so that these are few.
 */
enum {
	/* The table's subprogram. */
	NOW = BPF_REG_6,    /* time of the packet */
	LEFT = BPF_REG_8,   /* packets or bytes still to count */
	EVENTS = BPF_REG_9, /* events */
	BEFORE = BPF_REG_5, /* rate, below: kd_rate before kd_last was
			       replaced */

	/* The subprogram that finds a slot. */
	CALLER = BPF_REG_6, /* FRAME of the table's subprogram */
	TIME = BPF_REG_9    /* rate, below, after: of the search */
};

/*
 * Places on the stack of the table's subprogram, relative to FRAME, which
 * ebpf_key() no longer needs.
 */
#define KEYED_STATUS (-56) /* enum keyed_status */
#define KEYED_INDEX  (-60) /* number of a word, 4 bytes */

enum keyed_status {
	KEYED_KNOWN, /* the key was in the table */
	KEYED_NEW,   /* the key is new, or was silent */
	KEYED_AGAIN, /* try again */
	KEYED_REFUSED
};

/*
 * Places on the stack of the subprograms that the table's calls.  Without
 * CAP_PERFMON Linux 6.1 refuses a second store of 4 bytes to a multiple of 8.
 */
#define KEYED_NUMBER (-4)  /* number of a slot or a word, 4 bytes */
#define KEYED_WORD   (-16) /* kd_word before the slot was busy */

#define SLOT_AT(m)   ((short)offsetof(struct keyed_slot, m))
#define HEADER_AT(m) ((short)offsetof(struct keyed_header, m))

/*
 * Return true if keys expire, so that slots go from key to key (all conditions
 * but every); and if the programs find the expired keys (rate and after: silent
 * keys of idle are found by the watcher).
 */
bool ebpf_keyed_code_reuses(const struct keyed_code *);
bool ebpf_keyed_code_expires(const struct keyed_code *);

/* Appends the load of a constant of 64 bits. */
void ebpf_keyed_code_constant(struct ebpf_code *, __u8 reg, uint64_t);

/* Appends the load of an address: `place` bytes behind the header's first. */
void ebpf_keyed_code_header(const struct keyed_code *, __u8 reg, size_t place);

/* Sets RESULT to the slot whose number is at KEYED_NUMBER, or to 0. */
void ebpf_keyed_code_slot(const struct keyed_code *);

/* Sets RESULT to the slot whose number is in the hash table at RESULT, or 0. */
void ebpf_keyed_code_slot_of(const struct keyed_code *);

/*
 * Sets RESULT to the address of the word with the number in a register, or to
 * 0.  Stores the number at a place on the stack, 4 bytes.
 */
void ebpf_keyed_code_word(const struct keyed_code *, __u8 reg, short place);

/*
 * Sets RESULT to the address of the time of a mark of SLOT, or to 0.  `mark` is
 * a register with the number of the mark, and not r3; see ebpf_keyed_code_word.
 */
void ebpf_keyed_code_mark(const struct keyed_code *, __u8 mark, short place);

/*
 * Jumps to `recent` if kd_tick is not long ago; else goes on behind, and sets
 * kd_tick.  Destroys RESULT and ARG1 to ARG5.
 */
void ebpf_keyed_code_tick(const struct keyed_code *, struct ebpf_jumps *recent);

/* Adds a register to a member of the header; destroys ARG4. */
void ebpf_keyed_code_add(const struct keyed_code *, __u8 reg, short member);

/* Moves the packets of SLOT to kh_forgotten; destroys ARG1 and ARG4. */
void ebpf_keyed_code_forget(const struct keyed_code *);

#endif
