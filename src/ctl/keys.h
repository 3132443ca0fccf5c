/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: the keys with the most packets in the tables of a rule. */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/lines.h"
#include "ctl/reply.h"

/* A key, or the table whose keys follow. */
struct keys_row {
	const char *kr_interface;
	const char *kr_trigger;
	const char *kr_key; /* NULL: a table, which has no numbers */
	uint64_t kr_packets;
	bool kr_has_bytes; /* kr_bytes is known */
	uint64_t kr_bytes;
	uint64_t kr_events;
	double kr_last; /* s since the last packet; -1: unknown */
	double kr_rate; /* packets a second; -1: unknown */
};

/* The tables and keys of a rule; the texts are parts of ks_text. */
struct keys {
	char *ks_text; /* owned */
	struct lines_head ks_head;
	struct keys_row *ks_rows; /* owned; keys by their packets */
	size_t ks_n;
};

/*
 * Parses the daemon's text (ipc/stats_proto.h) and takes ownership of it.
 * Returns 0, or -1 with a message in err; text is freed then.
 */
int keys_parse(
    struct keys *, char *text, const char *rule, char err[REPLY_ERROR]);

/*
 * Fills in the rates of keys that were also there some seconds before.  Returns
 * 0; or -1, without rates, if there is no memory.
 */
int keys_rates(struct keys *, const struct keys *before, double seconds);

/* Frees the text and the rows. */
void keys_free(struct keys *);

#endif
