/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <search.h>
#include <stddef.h>
#include <string.h>

#include "conf/symtab.h"

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct symtab *)a)->nm_text,
	    ((const struct symtab *)b)->nm_text);
}

const struct symtab *
symtab_find(const name_set *set, const char *text)
{
	const struct symtab wanted = { .nm_text = text };
	const struct symtab *const *found =
	    (const struct symtab *const *)tfind(&wanted, set, compare);

	return found == NULL ? NULL : *found;
}

const struct symtab *
symtab_add(name_set *set, const struct symtab *nm)
{
	const struct symtab *const *found =
	    (const struct symtab *const *)tsearch(nm, set, compare);

	return found == NULL ? NULL : *found;
}

void
symtab_clear(name_set *set)
{
	/* A node of tsearch(3) begins with the pointer to its item. */
	while (*set != NULL)
		tdelete(*(const void *const *)*set, set, compare);
}
