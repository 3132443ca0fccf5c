/* The sources of all rules: rules that count the same have one together. */
#ifndef SOURCES_H
#define SOURCES_H

#include <stdbool.h>
#include <stddef.h>

#include "source.h"

struct conf_rules;
struct priv;
struct priv_fds;

struct sources {
	struct source **so_list; /* each once */
	size_t so_n;
	size_t *so_of; /* by rule: which of them counts for it */
	char **so_how; /* by rule: how, with NULL at the end */
	struct source_shared so_shared;
};

/* How many descriptors they take. */
size_t sources_descriptors(const struct conf_rules *);

/*
 * Opens them, with privileges.  wait: for interfaces that are not there yet.
 * Exits when one cannot be opened, having said why.
 */
void sources_open(struct sources *, const struct conf_rules *, bool wait,
    const struct priv *);

/* What the watcher needs of each; the caller frees it.  Or exits. */
struct priv_fds *sources_fds(const struct sources *);

/* Gives back what this process holds of them; and so_how, after it. */
void sources_close(struct sources *);
void sources_forget(struct sources *);

#endif
