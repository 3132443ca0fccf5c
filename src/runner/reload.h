/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A reload of the rules file, in the runner: asks the opener to read the file,
 * has a child look up the new commands, and keeps the old rules until the
 * watcher has the new ones.  A failure on the way changes nothing and is
 * logged.  The messages are in ipc/opener_proto.h.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/worker.h"
#include "conf/conf_diff.h"
#include "runner/job_table.h"

enum reload_state {
	RELOAD_BEGINS, /* the watcher is not ready yet */
	RELOAD_NONE,
	RELOAD_READS,  /* the opener reads the file */
	RELOAD_LOOKS,  /* a child looks up the new commands */
	RELOAD_CHANGES /* the opener sends the watcher the new table */
};

struct reload {
	int re_sock; /* to the opener; -1: no reload is possible */
	int re_text; /* memory file with the new rules */
	enum reload_state re_state;
	bool re_again;		  /* SIGHUP came during this reload */
	size_t re_sources;	  /* most sources of the watcher so far */
	char *re_content;	  /* text of re_text, owned; NULL: none */
	char *re_how;		  /* in re_content: a line for each rule */
	struct job_table re_next; /* from RELOAD_LOOKS on */
	struct conf_diff re_diff; /* from the old rules to re_next */
	struct worker re_lookup;  /* see job_table_look_up() */
};

/* Takes ownership of the descriptors; sources: how many the watcher has. */
void reload_open(struct reload *, int sock, int text, size_t sources);

/* The watcher is ready: allows reloads.  Returns true before that. */
void reload_begin(struct reload *);
bool reload_begins(const struct reload *);

/* Starts a reload, now or after the current one. */
void reload_ask(struct reload *);

/* Returns the descriptor to poll, -1: none; and the time limit, in ns. */
int reload_fd(const struct reload *);
uint64_t reload_deadline(const struct reload *);

/*
 * Goes on when reload_fd() is readable or reload_deadline() has come.  Returns
 * 0; or -1 and errno: the opener cannot be heard any more.
 */
int reload_read(struct reload *, const struct job_table *);

/* Returns true while the numbers of triggers change: send the watcher nothing.
 */
bool reload_changes(const struct reload *);

/* The watcher has the new table: installs the new jobs. */
void reload_done(
    struct reload *, struct job_table *, uint64_t now, uint64_t grace);

/* Closes and frees everything, also during a reload. */
void reload_close(struct reload *);

#endif
