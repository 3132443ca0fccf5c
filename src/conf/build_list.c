/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/build_list.h"
#include "conf/conf.h"
#include "conf/conf_error.h"

void
build_list_append(struct conf_errors *errors, struct build_list *bl,
    const void *item, size_t size)
{
	void *more = bl->bl_items;
	size_t n = bl->bl_count == 0 ? 1 : 2 * bl->bl_count;

	/* There is room up to the next power of two. */
	if ((bl->bl_count & (bl->bl_count - 1)) == 0)
		more = n > SIZE_MAX / size ? NULL :
					     realloc(bl->bl_items, n * size);
	if (more == NULL) {
		conf_error_memory(errors);
		return;
	}
	bl->bl_items = more;
	memcpy((char *)bl->bl_items + bl->bl_count * size, item, size);
	bl->bl_count++;
}

void *
build_list_move(struct conf_rules *rules, struct conf_errors *errors,
    struct build_list *bl, size_t size)
{
	void *items = conf_alloc(rules, (bl->bl_count + 1) * size);

	if (items == NULL)
		conf_error_memory(errors);
	else if (bl->bl_count != 0)
		memcpy(items, bl->bl_items, bl->bl_count * size);
	bl->bl_count = 0;
	free(bl->bl_items);
	bl->bl_items = NULL;
	return items;
}

void
build_list_free(struct build_list *bl)
{
	free(bl->bl_items);
	bl->bl_items = NULL;
	bl->bl_count = 0;
}
