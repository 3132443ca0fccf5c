/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The kinds of sources, for their implementations.  Each system has a table of
 * kinds: source/linux/source_linux.c, source/bpf/source_bpf.c.
 */
#ifndef SOURCE_KIND_H
#define SOURCE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

struct key_entry;
struct key_event;
struct key_table_sums;
struct source_keys;
struct source_message;

/* The functions of one kind; see the calls of source.h. */
struct source_ops {
	int (*so_sample)(struct source *, uint64_t now, struct source_count *);
	bool (*so_wake_at)(
	    struct source *, const struct source_count *wanted, uint64_t now);
	/* NULL: times of packets are unknown. */
	bool (*so_silence)(
	    struct source *, size_t slot, uint64_t time, uint64_t since);
	/* NULL: the source cannot vanish.  Never returns SOURCE_FOUND. */
	enum source_change (*so_look)(struct source *, uint64_t now);
	size_t (*so_sockets)(const struct source *, int *);
	/* NULL, all three: the source never sets s_asks. */
	int (*so_reopen)(struct source *, const struct source_conf *,
	    const char *dir, struct source_device *, char *err, size_t errlen);
	enum source_change (*so_adopt)(
	    struct source *, uint64_t now, const struct source_device *);
	void (*so_lend)(struct source *);
	/* The name and the numbers; the rest is zero. */
	size_t (*so_send)(
	    const struct source *, struct source_message *, int *);
	/* NULL: a source that leaves does no harm. */
	void (*so_leave)(struct source *);
	void (*so_close)(struct source *);
	/* NULL, all three: no source of source_keys.h. */
	bool (*so_key_event)(struct source *, uint64_t now, struct key_event *);
	size_t (*so_key_sums)(const struct source *, struct key_table_sums *);
	bool (*so_key_entry)(
	    const struct source *, size_t place, struct key_entry *);
	/* Each source of packets; NULL: the kernel counts in tables. */
	void (*so_feed)(
	    struct source *, struct source *const *, size_t n, size_t nkeys);
};

/*
 * The first kind whose prefix a name begins with opens it; the prefix of the
 * last kind is "".
 */
struct source_kind {
	const char *sk_prefix;
	struct source *(*sk_open)(
	    const struct source_conf *, char *err, size_t errlen);
	/* Takes the descriptors over only if it does not return NULL. */
	struct source *(*sk_receive)(const struct source_message *,
	    const int *fds, size_t n, const struct source_shared *);
};

extern const struct source_kind source_kinds[];

/* Prefix of sm_name in the message of a source of keys; no interface's name. */
#define SOURCE_KEYS_NAME "/keys"

/* Opens a source of keys; see source_keys_open. */
struct source *source_keys_open_kind(const struct source_keys *,
    struct source_shared *, char *err, size_t errlen);

/*
 * Descriptors that sources need: each source, each interface, and each source
 * of keys.  A filter that counts apart from the others of its interface (Linux)
 * needs more.
 */
extern const size_t source_descriptors;
extern const size_t source_descriptors_interface;
extern const size_t source_descriptors_keys; /* a source of keys */

/*
 * True if an interface that comes back needs a new device, which only the
 * opener can open.
 */
extern const bool source_reopens;

/* True if the kernel takes more than a few ms to close a source. */
extern const bool source_closes_slowly;

#endif
