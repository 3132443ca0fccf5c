/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: the daemon's reply, parsed. */
#ifndef REPLY_H
#define REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The statistics of a trigger; the texts are parts of re_text. */
struct row {
	const char *rw_rule;
	const char *rw_interface;
	const char *rw_trigger;
	const char *rw_event;
	uint64_t rw_packets;
	bool rw_has_bytes; /* rw_bytes is known */
	uint64_t rw_bytes;
	uint64_t rw_events;
	uint64_t rw_runs;
	uint64_t rw_failures;
	const char *rw_status; /* "3", "signal 9"; NULL: no run has ended */
	double rw_running;     /* s the run has taken; -1: no run */
	double rw_last;	       /* s since the last event; -1: no event */
	bool rw_absent;	       /* the interface does not exist */
	uint64_t rw_wakeups;
	uint64_t rw_waiting;
	bool rw_has_keys; /* the next three are known */
	uint64_t rw_keys;
	uint64_t rw_untracked;
	uint64_t rw_keyless;
};

struct reply {
	char *re_text; /* owned */
	const char *re_version;
	double re_uptime; /* s */
	uint64_t re_wakeups;
	struct row *re_rows; /* owned; in the order of the rules */
	size_t re_n;
};

/* Bytes for an error message. */
#define REPLY_ERROR 256

/*
 * Parses the daemon's text (ipc/stats_proto.h) and takes ownership of it.
 * Returns 0, or -1 with a message in err; text is freed then.
 */
int reply_parse(struct reply *, char *text, char err[REPLY_ERROR]);

void reply_free(struct reply *);

#endif
