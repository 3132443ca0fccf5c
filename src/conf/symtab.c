#include <search.h>
#include <stddef.h>
#include <string.h>

#include "conf/symtab.h"

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->nm_text,
	    ((const struct name *)b)->nm_text);
}

const struct name *
name_find(const name_set *set, const char *text)
{
	const struct name wanted = { .nm_text = text };
	const struct name *const *found = tfind(&wanted, set, compare);

	return found == NULL ? NULL : *found;
}

const struct name *
name_add(name_set *set, const struct name *nm)
{
	const struct name *const *found = tsearch(nm, set, compare);

	return found == NULL ? NULL : *found;
}

void
name_clear(name_set *set)
{
	/* A node is a pointer to its name. */
	while (*set != NULL)
		tdelete(*(const void *const *)*set, set, compare);
}
