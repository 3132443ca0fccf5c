/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * State of the watcher, for its files: watcher.c decides, watcher_poll.c
 * sleeps, handover.c passes the state to another watcher.
 */
#ifndef WATCHER_INTERNAL_H
#define WATCHER_INTERNAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/order.h"
#include "ipc/watcher_args.h"
#include "source/source.h"
#include "source/source_shared.h"
#include "watcher/trigger.h"

/* Indices of w_pfd; from POLL_SOURCES on, one for each source. */
enum {
	POLL_ORDERS,  /* runner: queries, failed orders */
	POLL_REPORTS, /* runner: ended runs */
	POLL_NOTICE,  /* ss_notice */
	POLL_OPENER,  /* ss_opener */
	POLL_SOURCES
};

/* A source with its last sample. */
struct counter {
	struct source *co_source;
	struct source_count co_count;
	struct source_count
	    co_wanted; /* lowest count that a trigger waits for */
	bool co_slots[SOURCE_SILENCES]; /* slots in use */
	bool co_look;			/* source_look is due, at s_look_at */
	bool co_due;			/* source_sample is due */
	bool co_known;			/* its state was handed over */
};

/* A trigger with its configuration and source. */
struct watched_trigger {
	struct trigger wt_trigger;
	const struct conf_trigger *wt_conf;
	struct counter *wt_counter;
	bool wt_ended; /* end of its run was reported */
	bool wt_known; /* its state was handed over */
};

struct watcher {
	struct counter *w_counters; /* by number of the source */
	size_t w_ncounters;
	struct watched_trigger *w_triggers; /* by t_number */
	size_t w_ntriggers;
	struct source_shared w_shared;
	struct pollfd *w_pfd; /* POLL_SOURCES + w_ncounters */
	struct order_ends w_ends;
	const struct handover *w_handover; /* NULL: first watcher */
	uint64_t w_now;			   /* time of the last wake-up, ns */
	uint64_t w_wakeups;		   /* returns of poll(2) */
	bool w_asked;			   /* POLL_ORDERS is readable */
	bool w_leaving;			   /* ORDER_LEAVE was received */
};

/*
 * Sleeps until a descriptor is readable or a deadline has come.  Returns 0, or
 * -1 and errno.
 */
int watcher_poll(struct watcher *);

/* Sets w_asked, co_look and co_due from the result of watcher_poll. */
void watcher_poll_mark(struct watcher *);

#endif
