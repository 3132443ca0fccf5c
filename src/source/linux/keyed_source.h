/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: a source of keys (source_keys.h) whose table is in the kernel.  Its
 * events are the packets of a slot (slots.h), so that thresholds and the ring
 * wake the watcher as for any source.
 */
#ifndef KEYED_SOURCE_H
#define KEYED_SOURCE_H

#include <stddef.h>

struct ebpf_keyed;
struct keyed_source;
struct slots;
struct source;
struct source_keys;
struct source_message;
struct source_shared;

/* Implements source_keys_open_kind. */
struct source *keyed_source_open(const struct source_keys *,
    struct source_shared *, char *err, size_t errlen);

/* Implements source_receive. */
struct source *keyed_source_receive(const struct source_message *,
    const int *fds, size_t n, const struct source_shared *);

/*
 * Opener: returns what the code of the tables needs, in a list; NULL and errno
 * on failure.
 */
struct ebpf_keyed **keyed_source_code(struct source *const *, size_t n);

/* Watcher: closes the descriptors that only the opener needs. */
void keyed_source_forget(struct slots *);

#endif
