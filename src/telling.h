/*
 * The runner's way to the teller, which tells statistics on a socket: a
 * question comes, an answer goes, as fast as the teller takes it.  When it is
 * gone or hangs, that is all that is lost.
 */
#ifndef TELLING_H
#define TELLING_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockfile.h"

struct tasks;

/* The most that is sent at once. */
#define TELLING_PIECE 4096

/* Zeroed, and tl_fd -1: there is no teller. */
struct telling {
	pid_t tl_pid; /* 0 when it was reaped */
	int tl_fd;    /* to be polled for telling_events */
	struct sockfile tl_file;
	char *tl_text; /* what is on its way; NULL: nothing */
	size_t tl_len;
	size_t tl_sent;
};

/* What to wait for, as poll(2) has it. */
short telling_events(const struct telling *);

/* Whether it has a question. */
bool telling_asked(struct telling *);

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
