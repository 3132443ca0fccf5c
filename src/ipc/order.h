/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Messages between watcher and runner, on SOCK_SEQPACKET pairs.  A message is
 * one struct order or several, sent whole or not at all.  An order names a
 * trigger by number; no text and no argument vector crosses.
 *
 * The order pair carries all messages but the ends of runs, which have the
 * report pair: at times the watcher wakes for questions but not for the end of
 * a run.
 */
#ifndef ORDER_H
#define ORDER_H

#include <stddef.h>
#include <stdint.h>

enum order_type {
	/* watcher to runner, on the order pair */
	ORDER_READY, /* the table of sources and triggers is in force */
	ORDER_START, /* run the command (o_start) */
	ORDER_END,   /* end the run */
	ORDER_STATS, /* counts of one trigger (o_stats); after ORDER_QUERY,
			one for each trigger, in ascending order */
	ORDER_KEY,   /* a key in a trigger's table (o_key); after ORDER_KEYS,
			by ascending trigger */
	ORDER_FULL,  /* the trigger's table has no place for further keys
			(o_full) */
	ORDER_FATAL, /* the watcher exits (o_fatal) */
	ORDER_GONE,  /* the interface has vanished */
	ORDER_BACK,  /* the interface is present again and counts */
	ORDER_FOUND, /* the interface is present for the first time */
	ORDER_OTHER, /* the filter does not apply to the new link type */
	ORDER_LINK,  /* compile the savefile's filter and send it (o_link) */
	ORDER_DONE,  /* end of the savefile; exit */
	/* runner to watcher and back, on the order pair */
	ORDER_PING, /* liveness check; the watcher sends it back */
	ORDER_KEYS, /* send ORDER_KEY for the keys with the most packets; the
		       watcher sends it back behind these.  After ORDER_READY
		       the answer begins anew */
	/* runner to watcher, on the order pair */
	ORDER_QUERY,  /* send ORDER_STATS for each trigger */
	ORDER_FAILED, /* the command could not be started */
	/* runner to watcher, on the report pair */
	ORDER_ENDED, /* the run has ended, with exit status 0 */
	ORDER_BROKE  /* the run has ended, with another status or by a signal */
};

/* Operation of the watcher that failed; the runner prints its description. */
enum order_place {
	PLACE_POLL,
	PLACE_SOURCE,
	PLACE_ORDER,
	PLACE_CLOCK,
	PLACE_LOOK,
	PLACE_OPENER, /* of_error is 0 */
	PLACE_GONE,   /* of_error is 0 */
	/* savefile; of_error is 0 if the contents are wrong */
	PLACE_READ,
	PLACE_EMPTY,
	PLACE_FORMAT,
	PLACE_CUT,
	PLACE_DAMAGED,
	PLACE_FILTER,
	PLACE_COUNT
};

/* Bytes of a key, see engine/key.h. */
#define ORDER_KEY_SIZE 48

struct order_start {
	uint64_t os_events; /* events that the run stands for, at least 1 */
	uint64_t os_count;  /* packets or bytes of these events, or 0 */
	uint64_t os_total;  /* packets so far, of the source or of os_key */
	uint64_t os_bytes;  /* bytes so far, if they count */
	uint64_t os_time;   /* savefile: ns since 1970; otherwise 0 */
	/* 1: the run repeats one that broke, for the same events; otherwise 0
	 */
	uint64_t os_repeats;
	uint8_t os_key[ORDER_KEY_SIZE]; /* the events' key; all 0: none */
};

struct order_stats {
	uint64_t ot_events;  /* events so far */
	uint64_t ot_packets; /* packets of the source so far */
	uint64_t ot_bytes;   /* bytes of the source so far */
	uint64_t ot_wakeups; /* wake-ups of the watcher so far */
	uint64_t ot_last;    /* clock_now() of the last event; 0: none yet */
	uint64_t ot_absent;  /* 1: the interface is absent */
	uint64_t ot_woken;   /* wake-ups by the source and its triggers */
	uint64_t ot_waiting; /* events without a run yet */
	/* With a table of keys: */
	uint64_t ot_keys;      /* keys in the table */
	uint64_t ot_untracked; /* packets: the table was full, or key cut */
	uint64_t ot_keyless;   /* packets without such a key */
};

/* Keys that the watcher sends after ORDER_KEYS: of a trigger, and in all. */
#define ORDER_KEYS_MOST	  1000
#define ORDER_KEYS_IN_ALL 50000

struct order_key {
	uint8_t ok_key[ORDER_KEY_SIZE];
	uint64_t ok_packets; /* since the key has its place */
	uint64_t ok_bytes;
	uint64_t ok_events;
	uint64_t ok_last; /* clock_now() of the last packet */
};

/* Seconds between two ORDER_FULL of a trigger, at least. */
#define ORDER_FULL_PACE 60

struct order_full {
	/* Packets without a place so far, calm: events; at least 1. */
	uint64_t ou_refused;
};

struct order_fatal {
	int32_t of_error; /* errno; 0: of_place says all */
	uint32_t of_place;
};

/* ORDER_GONE to ORDER_OTHER. */
struct order_change {
	uint64_t oc_interface; /* index in cr_interfaces */
};

struct order_link {
	int32_t ol_type;     /* link type of the savefile, DLT_... */
	uint32_t ol_swapped; /* 1: savefile of the other byte order */
};

struct order {
	uint32_t o_type;
	uint32_t o_trigger; /* number; FATAL, GONE to OTHER: first of a rule */
	/*
	 * START, END, FAILED, ENDED, BROKE: which of the runs that the trigger
	 * has at a time, 0 to ct_runs - 1
	 */
	uint32_t o_run;
	uint32_t o_spare;
	union { /* the largest member is first: = { 0 } clears all */
		struct order_start o_start;
		struct order_stats o_stats;
		struct order_key o_key;
		struct order_full o_full;
		struct order_fatal o_fatal;
		struct order_change o_change;
		struct order_link o_link;
	};
};

_Static_assert(sizeof(struct order) == 112, "no padding, on any system");

/* Orders in one message, at most. */
#define ORDER_BATCH 32

struct order_batch {
	struct order ob_orders[ORDER_BATCH];
	size_t ob_len;
};

enum order_got {
	ORDER_ERROR = -1, /* errno is set */
	ORDER_NONE,	  /* no message now */
	ORDER_ONE,
	ORDER_CLOSED /* the other end is closed */
};

/* Descriptors of one process; -1: closed. */
struct order_ends {
	int oe_orders;
	int oe_reports;
	int oe_opener; /* watcher: to the opener, see table_proto.h, or -1 */
};

/* Opens one pair, close-on-exec and blocking.  Returns 0, or -1 and errno. */
int order_pair(int fds[2]);

/* Opens both pairs, as order_pair; oe_opener is -1. */
int order_open(struct order_ends *watcher, struct order_ends *runner);

/* Closes the descriptors and sets them to -1; no effect on -1. */
void order_close(struct order_ends *);

/*
 * Sends an order; waits for room.  Returns 0, or -1 and errno: EPIPE, without
 * SIGPIPE, if the other end is closed.
 */
int order_send(int fd, const struct order *);

/* As order_send, but fails with EAGAIN instead of waiting for room. */
int order_try(int fd, const struct order *);

/* Sends and empties a batch of at least one order, as order_send. */
int order_send_batch(int fd, struct order_batch *);

/* Receives an order without waiting.  EBADMSG: a message of another size. */
enum order_got order_recv(int fd, struct order *);

/* Receives a batch of one or more orders, as order_recv. */
enum order_got order_recv_batch(int fd, struct order_batch *);

#endif
