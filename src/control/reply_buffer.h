/*
 * Answers as they are told to clients: those who came in time for one share
 * it, and it stays as long as one of them has not taken all of it.
 */
#ifndef REPLY_BUFFER_H
#define REPLY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* So many at once, the one that comes and those that slow clients have. */
#define REPLY_BUFFERS 4

struct reply_buffer {
	char *rb_text;
	size_t rb_len;
	size_t rb_size;
	size_t rb_users;
	unsigned long rb_number; /* of the later one it is greater */
};

/* A free one, now the last of all; NULL: all of them have users. */
struct reply_buffer *reply_buffer_begin(struct reply_buffer[REPLY_BUFFERS]);

/* That with users which is the first of all. */
struct reply_buffer *reply_buffer_oldest(struct reply_buffer[REPLY_BUFFERS]);

/* More of it.  0, or -1 when it is too long, or there is no memory. */
int reply_buffer_add(struct reply_buffer *, const char *, size_t len);

/* Whether all of it is there. */
bool reply_buffer_complete(const struct reply_buffer *);

/* It has a user less.  NULL is fine. */
void reply_buffer_leave(struct reply_buffer *);

#endif
