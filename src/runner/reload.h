/*
 * Reading the file of rules again, as the runner sees it: it asks the keeper,
 * looks the new commands up, and has the old rules until the new ones count.
 * What goes wrong on the way leaves everything as it was, and is told of.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf_diff.h"
#include "runner/job_table.h"

enum reload_state {
	RELOAD_BEGINS, /* the first watcher is not ready yet */
	RELOAD_NONE,
	RELOAD_READS,  /* the keeper does */
	RELOAD_HIRES,  /* likewise, a watcher */
	RELOAD_CHANGES /* one watcher leaves, another one takes over */
};

struct reload {
	int re_sock; /* to the keeper; -1: there is none */
	int re_text; /* see keeper.h */
	enum reload_state re_state;
	bool re_again;	   /* asked for meanwhile */
	size_t re_sources; /* that were held so far, at the most */
	char *re_content;
	char *re_how; /* in it; by rule, a line each */
	struct job_table re_next;
	struct conf_diff re_diff;
};

/* The descriptors are its own from now on. */
void reload_open(struct reload *, int sock, int text, size_t sources);

/* The first watcher is ready; before that the file is not read again. */
void reload_begin(struct reload *);
bool reload_begins(const struct reload *);

/* On SIGHUP. */
void reload_ask(struct reload *);

/*
 * When re_sock is readable.  True: the watcher is now to be told to leave, and
 * is to hear nothing else until reload_done.
 */
bool reload_hear(struct reload *, const struct job_table *);

/* Whether it was told so. */
bool reload_changes(const struct reload *);

/* The other watcher is there: the new rules are in force. */
void reload_done(
    struct reload *, struct job_table *, uint64_t now, uint64_t grace);

/* Also in the midst of it. */
void reload_close(struct reload *);

#endif
