/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: arms the keys of a below, exactly as struct key_table defines it.
 * kd_rate is the count of the key, rounded up to the next mark after a silence.
 * A packet adds what it counts, and so has the marks in between to itself.
 *
 * The time of a mark is kd_last, read between the addition in front and this
 * one: not before the time of any packet up to the mark, and not after the
 * addition.  A place keeps the latest time, so a processor that stalls does not
 * change a later mark.  Each packet with a mark then checks whether the newest
 * mark arms the key: of several packets at a time the last one sees all marks.
 *
 * The watcher finds the events, see keyed_idle.h.
 */
#ifndef EBPF_KEYED_BELOW_H
#define EBPF_KEYED_BELOW_H

struct keyed_code;

/* Appends instructions that begin afresh if kd_rate still is BEFORE. */
void ebpf_keyed_below_begin(struct keyed_code *);

/*
 * Appends instructions that count LEFT packets or bytes, and set EVENTS to 1 if
 * they have armed the key, else to 0.  They expect NOW and SLOT, and keep SLOT.
 */
void ebpf_keyed_below(struct keyed_code *);

/* Appends the subprogram that ebpf_keyed_below() calls. */
void ebpf_keyed_below_sub(const struct keyed_code *);

#endif
