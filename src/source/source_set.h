/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The sources of all rules.  A place is an interface of a rule, or behind these
 * the table of a trigger that counts by key; interfaces with the same packets
 * share a source, unless their rule has tables.  Places are numbered across all
 * rules.
 */
#ifndef SOURCE_SET_H
#define SOURCE_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "source/source.h"
#include "source/source_shared.h"

struct conf_rule;
struct conf_rules;
struct conf_trigger;
struct conf_diff;
struct priv;

struct sources_item {
	struct hash_link si_link;	 /* first member; in so_index */
	struct source *si_source;	 /* owned; NULL: not open yet */
	const struct conf_rule *si_rule; /* a rule that uses the source */
	const char *si_name; /* interface, of that rule; or SOURCE_KEYS_NAME */
	size_t si_place;     /* first place of that rule */
	const struct conf_trigger *si_trigger; /* of a table; else NULL */
	bool si_bytes;			       /* counts bytes */
	bool si_time;			       /* knows times of packets */
	int si_refused;			       /* see sc_refused */
	bool si_taken;	/* cannot be opened, see s_sole */
	size_t si_from; /* index in the set before; CONF_DIFF_NONE: new */
};

struct source_set {
	struct sources_item *so_list; /* so_n sources */
	size_t so_n;
	struct hash so_index; /* so_list, by the packets */
	size_t *so_first;     /* rule number -> its first place; all at last */
	size_t *so_of;	      /* place -> index in so_list */
	struct source **so_tables; /* place -> its open table, or NULL */
	char **so_how; /* rule number -> method, for the log; NULL at the end */
	struct source_shared so_shared;
};

/* The set before a reload. */
struct sources_before {
	const struct source_set *sb_sources;
	const struct conf_diff *sb_diff; /* from its rules to the new ones */
};

/* Returns the maximum number of descriptors that the sources take. */
size_t source_set_descriptors(const struct conf_rules *);

/*
 * Opens the sources of all rules, with privileges, except those found in the
 * set before a reload; NULL: no such set.  wait: accepts missing interfaces.
 * Returns 0; or -1, with the reason logged and, on a reload, new sources
 * closed.
 */
int source_set_open(struct source_set *, const struct conf_rules *, bool wait,
    const struct priv *, const struct sources_before *);

/* Opens a device for a source, see source_reopen. */
int source_set_reopen(const struct source_set *, size_t number, const char *dir,
    const struct priv *, struct source_device *, char *err, size_t errlen);

/* Opener: closes what only the watcher needs, see source_lend. */
void source_set_lend(const struct source_set *);

/* Closes this process's descriptors and frees all but so_how. */
void source_set_close(struct source_set *);

/* Frees so_how. */
void source_set_forget(struct source_set *);

/* Closes and frees all of `other` but the sources that `stays` has, too. */
void source_set_leave(struct source_set *other, const struct source_set *stays);

#endif
