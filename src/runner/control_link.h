/*
 * The runner's way to the teller, which tells statistics on a socket: a
 * question comes, an answer goes, as fast as the teller takes it.  When it is
 * gone or hangs, that is all that is lost.
 */
#ifndef CONTROL_LINK_H
#define CONTROL_LINK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/unix_listen.h"

struct tasks;

/* The most that is sent at once. */
#define TELLING_PIECE 4096

/*
 * Least time from a question to the next, which the teller keeps and the
 * runner enforces; and for each byte of an answer ten times what it takes all
 * processes to make it.
 */
#define TELLING_PACE	  (10 * CLOCK_MS)
#define TELLING_PACE_BYTE UINT64_C(500)

/* Zeroed, and tl_fd -1: there is no teller. */
struct telling {
	pid_t tl_pid; /* 0 when it was reaped */
	int tl_fd;
	struct sockfile tl_file;
	char *tl_text; /* what is on its way; NULL: nothing */
	size_t tl_len;
	size_t tl_sent;
	uint64_t tl_rest; /* ns, time before which no question is heard */
};

/*
 * Descriptor and events for poll(2).  The descriptor is -1 while the teller
 * has to wait, until telling_deadline; CLOCK_NEVER: it does not have to.
 */
int telling_fd(const struct telling *, uint64_t now);
short telling_events(const struct telling *);
uint64_t telling_deadline(const struct telling *, uint64_t now);

/* Whether it has a question. */
bool telling_asked(struct telling *, uint64_t now);

/* Begins to answer, from what the watcher has told of the triggers. */
void telling_begin(
    struct telling *, const struct tasks *, uint64_t uptime, uint64_t now);

/* Goes on with it. */
void telling_go_on(struct telling *);

/* It has ended, which is worth a line unless we do. */
void telling_over(struct telling *, int status, bool quiet);

/* At our own end: ends it, and waits for that a moment. */
void telling_close(struct telling *);

#endif
