/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Messages between opener and watcher, on a pair of order_pair():
 *
 *   opener                 watcher
 *   TABLE_BEGIN    -->                   numbers of all that follows
 *   TABLE_SOURCE   -->                   each source
 *   TABLE_RULE     -->                   each rule, with a source
 *   TABLE_PLACE    -->                     another source of the rule; last
 *                                          the tables of its triggers
 *   TABLE_TRIGGER  -->                     each trigger of the rule
 *   TABLE_COMMIT   -->                   the table is complete
 *                  <--    TABLE_DONE     the table is in force
 *                  <--    TABLE_REFUSED  the table before stays in force
 *
 * On systems where an interface that comes back needs a new device:
 *
 *                  <--    TABLE_ASK      open a device for this source
 *   TABLE_WAITING  -->                   the interface does not exist yet
 *   TABLE_DEVICE   -->                   the device
 *
 * The opener sends no device between TABLE_BEGIN and the answer, so that the
 * number of a source means the same on both sides.
 */
#ifndef TABLE_PROTO_H
#define TABLE_PROTO_H

#include <stddef.h>
#include <stdint.h>

#include "base/fdpass.h"
#include "ipc/source_message.h"

enum table_type {
	TABLE_BEGIN,
	TABLE_SOURCE,
	TABLE_RULE,
	TABLE_PLACE,
	TABLE_TRIGGER,
	TABLE_COMMIT,
	TABLE_DEVICE,
	TABLE_WAITING,
	TABLE_DONE,
	TABLE_REFUSED,
	TABLE_ASK
};

/* Number of no source and no trigger. */
#define TABLE_NONE UINT32_MAX

struct table_sizes {
	uint64_t ts_sources;
	uint64_t ts_rules;
	uint64_t ts_places; /* sources of rules, each for each of its rules,
			       and tables */
	uint64_t ts_triggers;
};

/* Room for a struct key_spec. */
#define TABLE_BY 20

/* Times are ns; see struct conf_trigger. */
struct table_trigger {
	uint64_t tt_count;
	uint64_t tt_time;
	uint64_t tt_interval;
	uint64_t tt_timeout;
	uint64_t tt_retry;
	uint32_t tt_kind; /* enum condition_kind */
	uint32_t tt_policy;
	uint32_t tt_bytes; /* 1: tt_count is bytes */
	uint32_t tt_keys;
	uint32_t tt_runs;
	uint8_t tt_by[TABLE_BY]; /* struct key_spec, then 0 */
};

struct table_device {
	uint64_t td_buflen; /* bytes for each read(2) */
	int64_t td_link;    /* link type, DLT_... */
};

struct table_message {
	uint32_t tm_type;
	uint32_t tm_source; /* number; RULE, PLACE, DEVICE, WAITING, ASK */
	uint32_t tm_old;    /* SOURCE, TRIGGER: number before, or TABLE_NONE */
	uint32_t tm_fds;    /* descriptors of the message */
	union {
		struct source_message tm_message; /* SOURCE that is new */
		struct table_sizes tm_sizes;	  /* BEGIN */
		struct table_trigger tm_trigger;  /* TRIGGER */
		struct table_device tm_device;	  /* DEVICE */
		int64_t tm_error;		  /* REFUSED: errno */
	};
};

_Static_assert(sizeof(struct table_message) == 160, "no padding");

/*
 * Sends a message with tm_fds descriptors, without waiting.  Returns 0, or -1
 * and errno: EAGAIN if there is no room now.
 */
int table_proto_send(int sock, const struct table_message *, const int *fds);

/*
 * Receives a message and its descriptors, which the caller owns, without
 * waiting.  Returns 0, or -1 and errno: EAGAIN without a message, EPIPE if
 * the other process has ended.  *n is less than tm_fds if this process can
 * have no more descriptors.
 */
int table_proto_recv(
    int sock, struct table_message *, int fds[FDPASS_MAX], size_t *n);

#endif
