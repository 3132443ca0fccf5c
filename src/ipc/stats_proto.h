/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Statistics, from the runner to the control process and from there to
 * bpfstatsctl: lines of columns, separated by tabs:
 *
 *   bpfstatsd 1 VERSION UPTIME WAKEUPS
 *   rule interface trigger event packets ...	names of the columns
 *   NAME eth0 every 1 packet every 42 ...	a line for each trigger
 *   end
 *
 * A client of the socket with STATS_KEYS_SUFFIX behind its path gets the keys
 * with the most packets in the tables:
 *
 *   bpfstatsd 1 VERSION UPTIME WAKEUPS
 *   rule interface trigger key packets ...	names of the columns
 *   NAME eth0 every 1 packet by source -	a line for each table
 *   NAME eth0 every 1 packet by source 192.0.2.1 42 ...	its keys
 *   end
 *
 * 1 is the version of the protocol.  Later versions of the program may append
 * columns.  Times are seconds; "-" stands for no value.
 */
#ifndef STATS_PROTO_H
#define STATS_PROTO_H

#include <sys/types.h>

#include "base/clock.h"
#include "base/unix_listen.h"

#define STATS_END "end\n"

#define STATS_KEYS_SUFFIX ".keys"

/* Replies, each with a socket. */
enum stats_reply {
	STATS_TRIGGERS,
	STATS_KEYS,
	STATS_REPLIES
};

/* Questions of the control process, a byte each. */
#define STATS_QUESTIONS "?k"

/* Bytes that the runner sends in one message to the control process. */
#define STATS_PIECE 4096

/*
 * Least time between two questions of the control process: STATS_PACE ns, and
 * STATS_PACE_BYTE ns for each byte of the last answer, ten times the cost of a
 * byte in all processes together.  The runner enforces both.
 */
#define STATS_PACE	(10 * CLOCK_MS)
#define STATS_PACE_BYTE UINT64_C(500)

/*
 * The watcher may look at a million keys for an answer: the next question for
 * keys comes STATS_PACE_KEYS times the duration of the answer later.
 */
#define STATS_PACE_KEYS 3

enum stats_column {
	STATS_RULE,
	STATS_INTERFACE,
	STATS_TRIGGER,
	STATS_EVENT,
	STATS_PACKETS,
	STATS_BYTES,
	STATS_EVENTS,
	STATS_RUNS,
	STATS_FAILURES,
	STATS_STATUS,
	STATS_RUNNING,
	STATS_LAST,
	STATS_STATE,
	STATS_WAKEUPS,
	STATS_WAITING,
	STATS_KEY_COUNT,
	STATS_UNTRACKED,
	STATS_KEYLESS,
	STATS_COLUMNS
};

enum stats_keys_column {
	STATS_KEYS_RULE,
	STATS_KEYS_INTERFACE,
	STATS_KEYS_TRIGGER,
	STATS_KEYS_KEY,
	STATS_KEYS_PACKETS,
	STATS_KEYS_BYTES,
	STATS_KEYS_EVENTS,
	STATS_KEYS_LAST,
	STATS_KEYS_COLUMNS
};

extern const char *const stats_proto_columns[STATS_COLUMNS];
extern const char *const stats_proto_keys[STATS_KEYS_COLUMNS];

/* The runner's handles of the control process; the runner owns them. */
struct control_ends {
	pid_t ce_pid;				    /* 0: no control process */
	int ce_fd;				    /* socket, or -1 */
	struct unix_listen ce_files[STATS_REPLIES]; /* removed at exit */
};

#endif
