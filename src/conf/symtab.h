/* Names that must be there once. */
#ifndef SYMTAB_H
#define SYMTAB_H

#include <stdbool.h>

#include "conf/conf_error.h"

struct symtab {
	const char *nm_text;
	const char *nm_value; /* of a macro */
	bool nm_quoted;	      /* so that it is no keyword */
	struct conf_pos nm_pos;
};

/* A set of them, NULL at first.  The names belong to the caller. */
typedef void *name_set;

/* NULL when there is none. */
const struct symtab *symtab_find(const name_set *, const char *text);

/* This one, or the one of the same text that is there; NULL: no memory. */
const struct symtab *symtab_add(name_set *, const struct symtab *);

void symtab_clear(name_set *);

#endif
