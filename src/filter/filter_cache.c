/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "filter/filter_cache.h"
#include "filter/filter_child.h"

struct filter_cache_entry {
	struct filter_cache_entry *fe_next;
	size_t fe_question; /* bytes */
	size_t fe_answer;   /* bytes */
	char fe_data[];	    /* the question, the answer */
};

static size_t
question_size(const struct filter_question *q)
{
	return FILTER_QUESTION_HEAD + q->fq_length;
}

/* Returns the list of the question: FNV-1a. */
static size_t
list_of(const struct filter_question *q)
{
	const unsigned char *byte = (const unsigned char *)q;
	uint32_t hash = UINT32_C(2166136261);
	size_t i;

	for (i = 0; i < question_size(q); i++)
		hash = (hash ^ byte[i]) * UINT32_C(16777619);
	return hash % FILTER_CACHE_LISTS;
}

bool
filter_cache_get(const struct filter_cache *fc, const struct filter_question *q,
    struct filter_answer *a)
{
	const struct filter_cache_entry *fe = fc->fc_lists[list_of(q)];
	const size_t size = question_size(q);

	while (fe != NULL &&
	    (fe->fe_question != size || memcmp(fe->fe_data, q, size) != 0))
		fe = fe->fe_next;
	if (fe != NULL)
		memcpy(a, fe->fe_data + size, fe->fe_answer);
	return fe != NULL;
}

void
filter_cache_put(struct filter_cache *fc, const struct filter_question *q,
    const struct filter_answer *a)
{
	struct filter_cache_entry *fe, **list = &fc->fc_lists[list_of(q)];
	const size_t asked = question_size(q);
	const size_t answered = FILTER_ANSWER_HEAD + a->fa_size;

	if ((fe = malloc(sizeof(*fe) + asked + answered)) == NULL)
		return;
	fe->fe_question = asked;
	fe->fe_answer = answered;
	memcpy(fe->fe_data, q, asked);
	memcpy(fe->fe_data + asked, a, answered);
	fe->fe_next = *list;
	*list = fe;
}

void
filter_cache_clear(struct filter_cache *fc)
{
	struct filter_cache_entry *fe;
	size_t i;

	for (i = 0; i < FILTER_CACHE_LISTS; i++)
		while ((fe = fc->fc_lists[i]) != NULL) {
			fc->fc_lists[i] = fe->fe_next;
			free(fe);
		}
}
