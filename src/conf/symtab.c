/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "conf/symtab.h"

const struct symtab *
symtab_find(const name_set *set, const char *text)
{
	struct hash_link *hl;

	hl = hash_first(set, hash_text(HASH_TEXT, text));
	while (hl != NULL && strcmp(((struct symtab *)hl)->nm_text, text) != 0)
		hl = hash_next(hl);
	return (const struct symtab *)hl;
}

const struct symtab *
symtab_add(name_set *set, struct symtab *nm)
{
	const struct symtab *old = symtab_find(set, nm->nm_text);

	if (old != NULL)
		return old;
	if (hash_add(set, &nm->nm_link, hash_text(HASH_TEXT, nm->nm_text)) ==
	    -1)
		return NULL;
	return nm;
}

void
symtab_clear(name_set *set)
{
	hash_clear(set);
}
