/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Sets of unique names: rules, interfaces and macros. */
#ifndef SYMTAB_H
#define SYMTAB_H

#include <stdbool.h>

#include "base/hash.h"
#include "conf/conf_error.h"

struct symtab {
	struct hash_link nm_link;
	const char *nm_text;
	const char *nm_value;	/* value of a macro */
	bool nm_quoted;		/* the value is never a keyword */
	struct conf_pos nm_pos; /* position of the definition */
};

/* A set, empty when zeroed.  The caller owns the names. */
typedef struct hash name_set;

/* Returns the name, or NULL. */
const struct symtab *symtab_find(const name_set *, const char *text);

/*
 * Adds a name.  Returns the name, or the one of the same text that was there;
 * NULL: no memory.
 */
const struct symtab *symtab_add(name_set *, struct symtab *);

/* Empties the set. */
void symtab_clear(name_set *);

#endif
