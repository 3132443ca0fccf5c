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

#include "ipc/stats_proto.h"

struct job_table;

/* Zeroed, and cl_ends.ce_fd -1: there is no teller. */
struct control_link {
	struct control_ends cl_ends; /* ce_fd is polled, see below */
	char *cl_text;		     /* what is on its way; NULL: nothing */
	size_t cl_len;
	size_t cl_sent;
	uint64_t cl_rest; /* ns, time before which no question is heard */
};

/*
 * Descriptor and events for poll(2).  The descriptor is -1 while the teller
 * has to wait, until control_link_deadline; CLOCK_NEVER: it does not have to.
 */
int control_link_fd(const struct control_link *, uint64_t now);
short control_link_events(const struct control_link *);
uint64_t control_link_deadline(const struct control_link *, uint64_t now);

/* Whether it has a question. */
bool control_link_asked(struct control_link *, uint64_t now);

/* Begins to answer, from what the watcher has told of the triggers. */
void control_link_begin(struct control_link *, const struct job_table *,
    uint64_t uptime, uint64_t now);

/* Goes on with it. */
void control_link_go_on(struct control_link *);

/* It has ended, which is worth a line unless we do. */
void control_link_over(struct control_link *, int status, bool quiet);

/* At our own end: ends it, and waits for that a moment. */
void control_link_close(struct control_link *);

#endif
