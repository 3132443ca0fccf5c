/*
 * Answers as they are told to clients: those who came in time for one share
 * it, and it stays as long as one of them has not taken all of it.
 */
#ifndef REPLY_BUFFER_H
#define REPLY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* So many at once, the one that comes and those that slow clients have. */
#define SNAPSHOTS 4

struct snapshot {
	char *sn_text;
	size_t sn_len;
	size_t sn_size;
	size_t sn_users;
	unsigned long sn_number; /* of the later one it is greater */
};

/* A free one, now the last of all; NULL: all of them have users. */
struct snapshot *snapshot_begin(struct snapshot[SNAPSHOTS]);

/* That with users which is the first of all. */
struct snapshot *snapshot_oldest(struct snapshot[SNAPSHOTS]);

/* More of it.  0, or -1 when it is too long, or there is no memory. */
int snapshot_add(struct snapshot *, const char *, size_t len);

/* Whether all of it is there. */
bool snapshot_complete(const struct snapshot *);

/* It has a user less.  NULL is fine. */
void snapshot_leave(struct snapshot *);

#endif
