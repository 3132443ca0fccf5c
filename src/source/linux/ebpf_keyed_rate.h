/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: the rate of a key, exactly as struct key_table defines it.  kd_rate
 * has, from the highest bit, a number that changes with each fresh start; the
 * number of the next mark; and the packets in front of this mark, less one.  0
 * is a fresh start: the next packet leaves mark 0.
 *
 * A processor stores a mark first and exchanges kd_rate afterwards, so that all
 * see the mark.  A mark that a loser has stored is as old as the winner's or
 * older: an event may be late, but is never early.  If an event looks back at
 * all marks of a slot, the mark takes the place of the one in question, and so
 * the exchange comes first; a processor that stalls there makes an event late.
 */
#ifndef EBPF_KEYED_RATE_H
#define EBPF_KEYED_RATE_H

#include <linux/types.h>

struct ebpf_jumps;
struct keyed_code;

/*
 * Appends instructions that begin afresh if kd_rate still is BEFORE.
 */
void ebpf_keyed_rate_begin(struct keyed_code *);

/*
 * Appends the short way of most packets: one in front of the next mark, while
 * kd_tick is recent, counts without a look at the clock and jumps to `done`.
 * Others go on behind.  `amount` is a register with the packets or bytes.
 * Appends nothing for a rate whose packets all leave marks.
 */
void ebpf_keyed_rate_front(
    struct keyed_code *, __u8 amount, struct ebpf_jumps *done);

/*
 * Appends instructions that count LEFT packets or bytes, and set EVENTS.  They
 * expect and keep NOW and SLOT.
 */
void ebpf_keyed_rate(struct keyed_code *);

/* Appends the subprogram that ebpf_keyed_rate() calls. */
void ebpf_keyed_rate_sub(const struct keyed_code *);

#endif
