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
	ORDER_START, /* run the command (o_start) */
	ORDER_END,   /* end the run */
	ORDER_STATS, /* counts of one trigger (o_stats); after ORDER_QUERY,
			one for each trigger, in ascending order */
	ORDER_FATAL, /* the watcher exits (o_fatal) */
	ORDER_GONE,  /* the interface has vanished */
	ORDER_BACK,  /* the interface is present again and counts */
	ORDER_FOUND, /* the interface is present for the first time */
	ORDER_OTHER, /* the filter does not apply to the new link type */
	ORDER_LINK,  /* compile the savefile's filter and send it (o_link) */
	ORDER_DONE,  /* end of the savefile; exit */
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

struct order_start {
	uint64_t os_events; /* events that the run stands for, at least 1 */
	uint64_t os_count;  /* packets or bytes of these events; idle: 0 */
	uint64_t os_total;  /* packets of the source so far */
	uint64_t os_time;   /* savefile: ns since 1970; otherwise 0 */
};

struct order_stats {
	uint64_t ot_events;  /* events so far */
	uint64_t ot_packets; /* packets of the source so far */
	uint64_t ot_bytes;   /* bytes of the source so far */
	uint64_t ot_wakeups; /* wake-ups of the watcher so far */
	uint64_t ot_last;    /* clock_now() of the last event; 0: none yet */
	uint64_t ot_absent;  /* 1: the interface is absent */
};

struct order_fatal {
	int32_t of_error; /* errno; 0: of_place says all */
	uint32_t of_place;
};

struct order_link {
	int32_t ol_type;     /* link type of the savefile, DLT_... */
	uint32_t ol_swapped; /* 1: savefile of the other byte order */
};

struct order {
	uint32_t o_type;
	uint32_t o_trigger; /* number; FATAL, GONE to OTHER: first of a rule */
	union { /* the largest member is first: = { 0 } clears all */
		struct order_stats o_stats;
		struct order_start o_start;
		struct order_fatal o_fatal;
		struct order_link o_link;
	};
};

_Static_assert(sizeof(struct order) == 56, "no padding, on any system");

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
