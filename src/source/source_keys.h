/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Counting by key: a source of keys is a table in which other sources, those
 * with it in sc_keys, count each packet that they count, apart by key.  Its
 * condition makes events of each key.
 *
 * It is a source to the watcher: sc_packets are the events so far, taken or
 * not, source_wake_at wakes for further events, and s_at is the time at which
 * source_sample looks for events without a packet.
 */
#ifndef SOURCE_KEYS_H
#define SOURCE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/condition.h"
#include "engine/key.h"

struct key_entry;
struct key_event;
struct key_table_sums;
struct source;
struct source_shared;

/* See struct key_table_rule. */
struct source_keys {
	struct key_spec sk_spec;
	uint32_t sk_keys;	     /* places in the table */
	enum condition_kind sk_kind; /* every, rate, below, idle, after */
	uint32_t sk_bytes;	     /* 1: sk_count is bytes */
	uint64_t sk_count;
	uint64_t sk_time; /* ns */
};

/*
 * Opens a table, before the sources that count in it; needs privileges.  The
 * caller owns it.  Returns NULL on failure, with the reason and the remedy in
 * err.
 */
struct source *source_keys_open(const struct source_keys *,
    struct source_shared *, char *err, size_t errlen);

/* Returns true for a source of keys. */
bool source_keys_is(const struct source *);

/*
 * Watcher: tells the sources of a rule, n of packets and then nkeys tables,
 * that the former count in the latter, once the watcher has all of them.  The
 * list is borrowed until the next call.  From now on the watcher samples the
 * tables after the others, and arms them before the others.
 */
void source_keys_feed(struct source *const *, size_t n, size_t nkeys);

/*
 * Takes the events of the key whose events came due first.  Returns false if
 * there are none.
 */
bool source_keys_event(struct source *, uint64_t now, struct key_event *);

/*
 * Fills in the sums but ks_packets, which the sources of packets know.  Returns
 * the keys in the table.
 */
size_t source_keys_sums(const struct source *, struct key_table_sums *);

/*
 * Copies what is known of the key at a place below sk_keys: ke_key, ke_packets,
 * ke_bytes, ke_events, and ke_last, monotonic ns.  Returns false if no key is
 * there.
 */
bool source_keys_entry(const struct source *, size_t place, struct key_entry *);

#endif
