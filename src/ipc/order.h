/*
 * The messages between watcher and runner, on SOCK_SEQPACKET pairs: each is
 * one struct order, or some of them, whole or not at all.  An order names a
 * trigger by number; no text and no argument vector ever crosses.
 *
 * There are two pairs, because the watcher has times when it has to hear
 * questions but need not hear of the end of a run.
 */
#ifndef ORDER_H
#define ORDER_H

#include <stddef.h>
#include <stdint.h>

enum order_type {
	/* from the watcher, on the order pair */
	ORDER_READY, /* confined, and every source counts */
	ORDER_START, /* run the command for o_events, o_count, o_total */
	ORDER_END,   /* end the run */
	ORDER_STATS, /* answer to ORDER_QUERY, for each trigger in turn */
	ORDER_FATAL, /* the watcher ends: o_error, and o_place */
	ORDER_GONE,  /* the interface is not there */
	ORDER_BACK,  /* it is there, and counts */
	ORDER_FOUND, /* the same, for the first time */
	ORDER_OTHER, /* it is there, but the filter makes no sense on it */
	/* compile the filter for a savefile, send it: link type o_total */
	ORDER_LINK, /* and o_count: 1, the byte order is swapped */
	ORDER_DONE, /* the savefile is at its end, and so is all */
	/* from the runner, and back, on the order pair */
	ORDER_PING, /* whoever gets it is alive */
	/* from the runner, on the order pair */
	ORDER_QUERY,  /* send ORDER_STATS */
	ORDER_FAILED, /* the command could not be started */
	ORDER_LEAVE,  /* another watcher waits for what this one knows */
	/* from the runner, on the report pair */
	ORDER_ENDED /* the run is over */
};

/* What the watcher was doing when it failed: its only words. */
enum order_place {
	PLACE_POLL,
	PLACE_SOURCE,
	PLACE_ORDER,
	PLACE_CLOCK,
	PLACE_LOOK,
	/* o_error is 0 */
	PLACE_OPENER,
	PLACE_GONE,
	/* of a savefile; o_error is 0 where nothing but the file is wrong */
	PLACE_READ,
	PLACE_EMPTY,
	PLACE_FORMAT,
	PLACE_CUT,
	PLACE_DAMAGED,
	PLACE_FILTER,
	PLACE_COUNT
};

struct order {
	uint32_t o_type;
	uint32_t o_trigger; /* GONE, BACK, FATAL: the first of a rule */
	uint64_t o_events;  /* that a run stands for; in STATS: so far */
	uint64_t o_count;   /* packets they stand for; in STATS: wake-ups */
	uint64_t o_total;   /* packets so far */
	uint64_t o_bytes;   /* STATS: bytes so far */
	/* START: in a savefile, ns since 1970; STATS: of the last event */
	uint64_t o_time;
	int32_t o_error; /* an errno; STATS: 1, the interface is not there */
	uint32_t o_place;
};

/* As many as one message may carry, for who has a lot to say at once. */
#define ORDER_BATCH 32

struct order_batch {
	struct order ob_orders[ORDER_BATCH];
	size_t ob_len;
};

enum order_got {
	ORDER_ERROR = -1, /* errno says why */
	ORDER_NONE,	  /* nothing there now */
	ORDER_ONE,
	ORDER_CLOSED /* the other side is gone */
};

/* One side's ends of the two pairs. */
struct order_ends {
	int oe_orders;
	int oe_reports;
	/* Of a watcher: of those before and after it; -1: there are none. */
	int oe_before;
	int oe_after;
};

/* Such a pair, close-on-exec and blocking.  0, or -1 and errno. */
int order_pair(int fds[2]);

/* All close-on-exec and blocking; 0, or -1 and errno. */
int order_open(struct order_ends *watcher, struct order_ends *runner);

/* -1 is fine, and is what they are then. */
void order_close(struct order_ends *);

/* 0, or -1 and errno; EPIPE without a signal when the other side is gone. */
int order_send(int fd, const struct order *);

/* As order_send, but EAGAIN instead of waiting for room. */
int order_try(int fd, const struct order *);

/* Of at least one; the batch is empty then.  As order_send. */
int order_send_batch(int fd, struct order_batch *);

/* Never waits.  A message of a wrong size is EBADMSG. */
enum order_got order_recv(int fd, struct order *);

/* The same, where a message may be a batch: of one or more. */
enum order_got order_recv_batch(int fd, struct order_batch *);

#endif
