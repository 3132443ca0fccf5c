/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The question of the control process for the keys with the most packets, which
 * the watcher answers with an ORDER_KEY for each and ORDER_KEYS at the end.
 */
#ifndef KEYS_QUERY_H
#define KEYS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job_table;
struct order;

/* Initially all zero; times are ns of clock_now(). */
struct keys_query {
	bool kq_wanted;		/* the control process wants an answer */
	bool kq_asked;		/* ORDER_KEYS has been sent, and not answered */
	uint64_t kq_asked_at;	/* time of the last ORDER_KEYS */
	uint64_t kq_not_before; /* time of the next ORDER_KEYS */
	uint64_t kq_uptime;	/* for the first line, ns */
	uint64_t kq_wakeups;
	size_t kq_trigger; /* next one whose line is not in kq_text */
	size_t kq_n;	   /* keys so far of the trigger before */
	char *kq_text;	   /* owned; NULL: no answer, or no memory */
	size_t kq_len;
	size_t kq_size;
};

/* Notes that the control process wants an answer. */
void keys_query_want(struct keys_query *);

/*
 * Returns the time at which ORDER_KEYS must be sent; CLOCK_NEVER: no answer is
 * wanted, or one is under way.
 */
uint64_t keys_query_deadline(const struct keys_query *);

/* Begins an answer, after ORDER_KEYS was sent.  uptime is in ns. */
void keys_query_begin(
    struct keys_query *, uint64_t uptime, uint64_t wakeups, uint64_t now);

/* Begins the answer anew, after new jobs are in force. */
void keys_query_restart(struct keys_query *);

/* Returns true if this ORDER_KEY or ORDER_KEYS may come next. */
bool keys_query_fits(
    const struct keys_query *, const struct job_table *, const struct order *);

/* Adds the key of an ORDER_KEY to the answer. */
void keys_query_take(struct keys_query *, const struct job_table *,
    const struct order *, uint64_t now);

/*
 * Ends the answer.  Returns the text for the control process, for free(3), or
 * NULL without memory.
 */
char *keys_query_end(
    struct keys_query *, const struct job_table *, size_t *len, uint64_t now);

/* Frees the text. */
void keys_query_close(struct keys_query *);

#endif
