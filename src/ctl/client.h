/* bpfstatsctl: what the daemon's socket tells. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A trigger. */
struct row {
	const char *rw_rule;
	const char *rw_interface;
	const char *rw_trigger;
	const char *rw_event;
	uint64_t rw_packets;
	bool rw_has_bytes;
	uint64_t rw_bytes;
	uint64_t rw_events;
	uint64_t rw_runs;
	uint64_t rw_failures;
	const char *rw_status; /* NULL: no run has ended; "signal 9" */
	double rw_running;     /* seconds; -1: there is no run */
	double rw_last;	       /* seconds since; -1: there was no event */
	bool rw_absent;
};

struct reply {
	char *re_text; /* what all texts here point into */
	const char *re_version;
	double re_uptime; /* seconds */
	uint64_t re_wakeups;
	struct row *re_rows;
	size_t re_n;
};

/* Room for what is wrong. */
#define REPLY_ERROR 256

/*
 * Asks, and waits 2 seconds at the most.  0, for reply_free; or -1, and what is
 * wrong in err.
 */
int client_ask(struct reply *, const char *path, char err[REPLY_ERROR]);

/* The same of a text, which the reply takes over. */
int reply_parse(struct reply *, char *text, char err[REPLY_ERROR]);

void reply_free(struct reply *);

#endif
