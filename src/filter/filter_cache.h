/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Answers to questions about filters: the same question is asked once. */
#ifndef FILTER_CACHE_H
#define FILTER_CACHE_H

#include <stdbool.h>

struct filter_answer;
struct filter_question;

/* Lists in filter_cache. */
#define FILTER_CACHE_LISTS 1024

struct filter_cache_entry;

/* Empty when all bytes are 0. */
struct filter_cache {
	struct filter_cache_entry *fc_lists[FILTER_CACHE_LISTS];
};

/* Copies the answer to the question.  Returns false if there is none. */
bool filter_cache_get(const struct filter_cache *,
    const struct filter_question *, struct filter_answer *);

/* Adds an answer.  Without memory, nothing is added. */
void filter_cache_put(struct filter_cache *, const struct filter_question *,
    const struct filter_answer *);

/* Frees all answers. */
void filter_cache_clear(struct filter_cache *);

#endif
