/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * State of the watcher, for its files: watcher.c serves what is due, rule.c
 * turns counts into orders, watcher_poll.c sleeps, table.c receives other
 * tables.
 *
 *   source = counter  <-- place -->  rule --> triggers
 *
 * A counter can have places in several rules, and a rule places on several
 * counters.  A trigger that counts by key has a counter of its own, its table,
 * with a place behind those of the rule's packets.
 */
#ifndef WATCHER_INTERNAL_H
#define WATCHER_INTERNAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "engine/heap.h"
#include "engine/sequence.h"
#include "ipc/order.h"
#include "source/source.h"
#include "source/source_shared.h"
#include "watcher/full.h"
#include "watcher/trigger.h"

/* Indices of tb_pfd; from POLL_SOURCES on, sources with a descriptor. */
enum {
	POLL_ORDERS,  /* runner: queries, failed orders */
	POLL_REPORTS, /* runner: ended runs */
	POLL_NOTICE,  /* ss_notice */
	POLL_OPENER,  /* opener: tables and devices */
	POLL_WAKE,    /* ss_wake */
	POLL_SOURCES
};

struct keyed;
struct place;

/* A source with its last sample. */
struct counter {
	struct source *co_source; /* owned */
	struct source_count co_count;
	struct place *co_places; /* its places, in the order of rules */
	struct counter *co_from; /* in the table before; NULL: none */
	struct counter *co_next; /* in the list of due counters */
	struct heap_node co_deadline;
	uint64_t co_at;	     /* time at which co_due is set, ns */
	uint64_t co_wakeups; /* wake-ups by this source and its triggers */
	size_t co_polled;    /* index in tb_pfd; 0: not polled */
	bool co_slots[SOURCE_SILENCES]; /* slots in use */
	bool co_look;			/* source_look is due, at s_look_at */
	bool co_due;			/* source_sample is due: in the list */
	bool co_listens;		/* waits for ss_notice */
};

/* A rule whose packets a counter counts. */
struct place {
	struct watched_rule *pl_rule;
	struct counter *pl_counter;
	struct place *pl_next; /* of the same counter */
};

/* A trigger with its rule. */
struct watched_trigger {
	struct trigger wt_trigger;
	struct conf_trigger wt_conf; /* without a command */
	struct watched_rule *wt_rule;
	struct counter *wt_keys; /* table; NULL: does not count by key */
	struct watched_trigger *wt_from; /* in the table before; NULL: none */
	uint32_t wt_report;  /* report of its run, an order_type; 0: none */
	size_t wt_runs;	     /* counted in tb_running */
	bool wt_waits;	     /* counted in tb_waiting */
	bool wt_more;	     /* by key: events were left */
	struct full wt_full; /* by key: what is not tracked */
};

/*
 * A rule: triggers whose commands run one after another, or those of different
 * keys beside each other.
 */
struct watched_rule {
	struct watched_trigger *wr_triggers;
	size_t wr_ntriggers;
	struct place *wr_places; /* 1 or more, then those of tables */
	size_t wr_nplaces;	 /* without tables */
	size_t wr_ntables;
	struct source **wr_sources;  /* of wr_places, in the same order */
	struct source_count wr_sum;  /* of the counters, if there are several */
	struct sequence wr_sequence; /* of the triggers without a key */
	struct keyed *wr_keyed;	     /* NULL: no trigger counts by key */
	unsigned int wr_wakes;	     /* lanes_wakes() */
	bool wr_waits;		     /* counted in tb_waiting */
	bool wr_taken;		     /* events of keys were taken */
	bool wr_more;		     /* and others were left */
	uint64_t wr_vain; /* time at which such events last started nothing */
	uint64_t wr_rest; /* no wake-up by such events before; 0: wake-ups */
	uint64_t wr_turn; /* w_turn in which the rule was served */
};

/* All sources, rules and triggers. */
struct table {
	struct counter *tb_counters; /* by number of the source */
	size_t tb_ncounters;
	struct watched_rule *tb_rules;
	size_t tb_nrules;
	struct place *tb_places; /* by rule */
	size_t tb_nplaces;
	struct source **tb_sources;	     /* memory of wr_sources */
	struct watched_trigger *tb_triggers; /* by t_number */
	size_t tb_ntriggers;
	struct heap tb_deadlines;   /* of the counters */
	struct pollfd *tb_pfd;	    /* room for all counters */
	struct counter **tb_polled; /* by index in tb_pfd */
	size_t tb_npfd;
	size_t tb_running;   /* runs */
	size_t tb_waiting;   /* triggers, and rules with keys, that wait for
				the end of a run */
	size_t tb_listening; /* counters that wait for ss_notice */
};

struct watcher {
	struct table w_table;
	struct table w_next; /* being received */
	/* Received so far. */
	size_t w_sources;
	size_t w_rules;
	size_t w_places;
	size_t w_triggers;
	int w_refused; /* errno: w_next cannot be installed; 0: can */
	bool w_commit; /* w_next is complete */
	struct source_shared w_shared;
	struct order_ends w_ends;
	struct counter *w_due;	 /* first of the due counters */
	struct counter **w_last; /* end of that list */
	uint64_t w_now;		 /* time of the last wake-up, ns */
	uint64_t w_turn;	 /* number of this turn */
	uint64_t w_wakeups;	 /* returns of poll(2) */
	bool w_asked;		 /* POLL_ORDERS is readable */
	bool w_told;		 /* POLL_OPENER is readable */
	bool w_query;		 /* ORDER_QUERY awaits its answer */
	uint64_t w_seed[2];	 /* secret, against chosen collisions of keys */
	struct watcher_keys *w_keys; /* answer to ORDER_KEYS; NULL: none */
	bool w_full; /* the socket to the opener has no room for TABLE_ASK */
};

/*
 * Put a counter into the list of due counters; wake: the counter's source or
 * one of its triggers has woken the watcher.
 */
void watcher_poll_due(struct watcher *, struct counter *);
void watcher_poll_wake(struct watcher *, struct counter *);

/* Puts all counters into the list. */
void watcher_poll_all(struct watcher *);

/*
 * Takes the results of the last watcher_poll: sets w_asked, w_told and co_look,
 * and puts the counters that are due into the list.
 */
void watcher_poll_mark(struct watcher *);

/* Keeps what wakes for this counter up to date, after source_wake_at. */
void watcher_poll_settle(struct watcher *, struct counter *);

/*
 * Sleeps until a descriptor is readable or a deadline has come.  Returns 0, or
 * -1 and errno.
 */
int watcher_poll(struct watcher *);

#endif
