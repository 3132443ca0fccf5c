/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The BSDs and macOS: a source of keys is a table in the watcher, in which the
 * sources of packets count each record that they read.
 */
#ifndef KEYS_BPF_H
#define KEYS_BPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_packet;
struct source;
struct source_keys;
struct source_message;
struct source_shared;

/* Implements source_keys_open. */
struct source *keys_bpf_open(
    const struct source_keys *, char *err, size_t errlen);

/* Implements source_receive. */
struct source *keys_bpf_receive(const struct source_message *, const int *fds,
    size_t n, const struct source_shared *);

/* The following functions take all n tables of a rule. */

/*
 * Returns the number of first bytes, 1 or more, that the tables need of packets
 * of a link type, DLT_....
 */
size_t keys_bpf_reach(struct source *const *, size_t n, int link);

/* Returns true if the watcher waits for a packet that is an event of a key. */
bool keys_bpf_awaits(struct source *const *, size_t n);

/* Counts a packet, at a monotonic time in ns. */
void keys_bpf_count(
    struct source *const *, size_t n, const struct key_packet *, uint64_t when);

/* Counts packets that the device has dropped, as untracked (ks_cut). */
void keys_bpf_miss(struct source *const *, size_t n, uint64_t packets);

/* Tells that all packets up to this time, monotonic ns, have been counted. */
void keys_bpf_reached(struct source *const *, size_t n, uint64_t when);

#endif
