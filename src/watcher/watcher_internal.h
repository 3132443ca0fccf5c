/*
 * What the watcher's files have together: watcher.c decides, doze.c sleeps,
 * handover.c puts another watcher in this one's place.
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

/* What is polled first, before one of each source. */
enum {
	POLL_ORDERS,
	POLL_REPORTS,
	POLL_NOTICE,
	POLL_OPENER,
	POLL_SOURCES
};

/* A source and what it counted. */
struct counter {
	struct source *co_source;
	struct source_count co_count;
	struct source_count co_wanted;	/* for the next look, by its triggers */
	bool co_slots[SOURCE_SILENCES]; /* used by its triggers */
	bool co_look;  /* its interface may have come or gone, look in time */
	bool co_due;   /* there may be something new */
	bool co_known; /* to the watcher before this one, too */
};

/* A trigger and where it belongs. */
struct watched_trigger {
	struct trigger wt_trigger;
	const struct conf_trigger *wt_conf;
	struct counter *wt_counter;
	bool wt_ended; /* its run was reported to be over */
	bool wt_known; /* to the watcher before this one, too */
};

struct watcher {
	struct counter *w_counters;
	size_t w_ncounters;
	struct watched_trigger *w_triggers;
	size_t w_ntriggers;
	struct source_shared w_shared;
	struct pollfd *w_pfd;
	struct order_ends w_ends;
	const struct handover *w_handover;
	uint64_t w_now;
	uint64_t w_wakeups;
	bool w_asked;	/* the runner has a question, or is gone */
	bool w_leaving; /* it wants another one in our place */
};

/* Sleeps until something may have happened, and finds out where: -1, errno. */
int watcher_poll(struct watcher *);
void watcher_poll_mark(struct watcher *);

#endif
