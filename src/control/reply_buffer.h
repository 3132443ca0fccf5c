/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Buffers for replies.  Clients that ask at the same time share a reply; its
 * buffer is free again when the last of them has read all of it.
 */
#ifndef REPLY_BUFFER_H
#define REPLY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Number of buffers: one is being filled, slow clients read the others. */
#define REPLY_BUFFERS 4

struct reply_buffer {
	char *rb_text;		 /* owned; NULL: rb_size is 0 */
	size_t rb_len;		 /* bytes of the reply so far */
	size_t rb_size;		 /* bytes allocated */
	size_t rb_users;	 /* clients that read it; 0: free */
	unsigned long rb_number; /* grows with each reply */
};

/* Returns an empty buffer without users; NULL: all are used. */
struct reply_buffer *reply_buffer_begin(struct reply_buffer[REPLY_BUFFERS]);

/* Returns the used buffer with the oldest reply; NULL: none is used. */
struct reply_buffer *reply_buffer_oldest(struct reply_buffer[REPLY_BUFFERS]);

/* Appends text.  Returns 0, or -1 if it is too long or memory is short. */
int reply_buffer_add(struct reply_buffer *, const char *, size_t len);

/* Returns true if the text ends as a complete reply does. */
bool reply_buffer_complete(const struct reply_buffer *);

/* Removes a user.  NULL is allowed. */
void reply_buffer_leave(struct reply_buffer *);

#endif
