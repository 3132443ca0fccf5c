/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The runner's socket to the control process: requests for statistics come in,
 * replies go out as fast as the control process reads them.  No call waits.  A
 * control process that ends, hangs or violates the protocol costs the
 * statistics and nothing else.
 */
#ifndef CONTROL_LINK_H
#define CONTROL_LINK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/stats_proto.h"

struct job_table;

/* Times are ns of clock_now(). */

/* Zeroed, with cl_ends.ce_fd -1: no control process. */
struct control_link {
	struct control_ends cl_ends; /* ce_fd: poll with the next three */
	char *cl_text;		     /* reply being sent, owned; NULL: none */
	size_t cl_len;		     /* bytes of the reply */
	size_t cl_sent;		     /* bytes sent */
	uint64_t cl_rest;	     /* earliest time to read a request */
};

/*
 * Return the descriptor and the events for poll(2).  The descriptor is -1 while
 * requests are not read, which ends at control_link_deadline(); CLOCK_NEVER:
 * requests are read.
 */
int control_link_fd(const struct control_link *, uint64_t now);
short control_link_events(const struct control_link *);
uint64_t control_link_deadline(const struct control_link *, uint64_t now);

/*
 * Reads requests.  Returns the replies that are wanted, a set of bits: 1 <<
 * STATS_TRIGGERS and 1 << STATS_KEYS.
 */
unsigned int control_link_asked(struct control_link *, uint64_t now);

/* Makes the reply from the watcher's last statistics; uptime is in ns. */
void control_link_begin(struct control_link *, const struct job_table *,
    uint64_t uptime, uint64_t now);

/*
 * Sends a text made by keys_query_end(), which the link takes; NULL: there was
 * no memory.
 */
void control_link_reply(
    struct control_link *, char *text, size_t len, uint64_t now);

/* Sends more of the reply. */
void control_link_go_on(struct control_link *);

/* The control process was reaped; logs this unless quiet. */
void control_link_over(struct control_link *, int status, bool quiet);

/* Ends the control process, waits shortly, and removes the socket's file. */
void control_link_close(struct control_link *);

#endif
