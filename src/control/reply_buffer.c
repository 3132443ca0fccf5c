/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdlib.h>
#include <string.h>

#include "control/reply_buffer.h"
#include "ipc/stats_proto.h"

/* Bytes of a reply; room for the maximum of triggers and longest names. */
#define LONGEST ((size_t)64 << 20)

/* A free buffer keeps up to this many bytes for the next reply. */
#define KEPT ((size_t)64 << 10)

struct reply_buffer *
reply_buffer_begin(struct reply_buffer all[REPLY_BUFFERS])
{
	static unsigned long number;
	struct reply_buffer *rb;

	for (rb = all; rb < all + REPLY_BUFFERS; rb++) {
		if (rb->rb_users != 0)
			continue;
		rb->rb_len = 0;
		rb->rb_number = ++number;
		return rb;
	}
	return NULL;
}

struct reply_buffer *
reply_buffer_oldest(struct reply_buffer all[REPLY_BUFFERS])
{
	struct reply_buffer *rb, *oldest = NULL;

	for (rb = all; rb < all + REPLY_BUFFERS; rb++)
		if (rb->rb_users != 0 &&
		    (oldest == NULL || rb->rb_number < oldest->rb_number))
			oldest = rb;
	return oldest;
}

int
reply_buffer_add(struct reply_buffer *rb, const char *text, size_t len)
{
	size_t size = rb->rb_size == 0 ? 4096 : rb->rb_size;
	char *more;

	if (len > LONGEST - rb->rb_len)
		return -1;
	while (size < rb->rb_len + len)
		size *= 2;
	if (size != rb->rb_size) {
		if ((more = realloc(rb->rb_text, size)) == NULL)
			return -1;
		rb->rb_text = more;
		rb->rb_size = size;
	}
	memcpy(rb->rb_text + rb->rb_len, text, len);
	rb->rb_len += len;
	return 0;
}

bool
reply_buffer_complete(const struct reply_buffer *rb)
{
	static const char tail[] = "\n" STATS_END;
	const size_t len = sizeof(tail) - 1;

	return rb->rb_len >= len &&
	    memcmp(rb->rb_text + rb->rb_len - len, tail, len) == 0;
}

void
reply_buffer_leave(struct reply_buffer *rb)
{
	if (rb == NULL || --rb->rb_users != 0 || rb->rb_size <= KEPT)
		return;
	free(rb->rb_text);
	rb->rb_text = NULL;
	rb->rb_size = 0;
}
