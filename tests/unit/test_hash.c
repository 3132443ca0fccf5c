/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* A hash table: links of equal keys, growth, keys of texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"

#define LINKS 10000
#define TWINS 5

static struct hash_link links[LINKS], twins[TWINS];

static void
all_links_are_found_after_growth(void **state)
{
	struct hash ha = { .ha_count = 0 };
	size_t i;

	(void)state;
	assert_null(hash_first(&ha, 1));
	for (i = 0; i < LINKS; i++) {
		assert_int_equal(hash_add(&ha, &links[i], 7 * i), 0);
		if (i % (LINKS / TWINS) == 1)
			assert_int_equal(
			    hash_add(&ha, &twins[i / (LINKS / TWINS)], 0), 0);
	}
	assert_int_equal(ha.ha_count, LINKS + TWINS);
	assert_true(ha.ha_size >= ha.ha_count);
	for (i = 0; i < LINKS; i++) {
		assert_ptr_equal(hash_first(&ha, 7 * i), &links[i]);
		assert_ptr_equal(
		    hash_next(&links[i]), i == 0 ? &twins[0] : NULL);
		assert_null(hash_first(&ha, 7 * i + 1));
	}
	hash_clear(&ha);
	assert_null(hash_first(&ha, 0));
}

static void
links_of_a_key_keep_their_sequence(void **state)
{
	struct hash ha = { .ha_count = 0 };
	struct hash_link *hl;
	size_t i;

	(void)state;
	for (i = 0; i < TWINS; i++)
		assert_int_equal(hash_add(&ha, &twins[i], 3), 0);
	/* In the same chain, with another key. */
	assert_int_equal(hash_add(&ha, &links[0], 3 + ha.ha_size), 0);
	assert_int_equal(hash_reserve(&ha, LINKS), 0);
	hash_remove(&ha, &twins[2]);
	hl = hash_first(&ha, 3);
	for (i = 0; i < TWINS; i++) {
		if (i == 2)
			continue;
		assert_ptr_equal(hl, &twins[i]);
		hl = hash_next(hl);
	}
	assert_null(hl);
	assert_int_equal(ha.ha_count, TWINS);
	hash_clear(&ha);
}

static void
texts_have_different_keys(void **state)
{
	const char *texts[][2] = { { "", "" }, { NULL, "" }, { "", NULL },
		{ NULL, NULL }, { "a", "b" }, { "ab", "" }, { "", "ab" },
		{ "b", "a" }, { "ab", NULL } };
	const size_t n = sizeof(texts) / sizeof(texts[0]);
	uint64_t keys[sizeof(texts) / sizeof(texts[0])];
	size_t i, j;

	(void)state;
	for (i = 0; i < n; i++) {
		keys[i] =
		    hash_text(hash_text(HASH_TEXT, texts[i][0]), texts[i][1]);
		for (j = 0; j < i; j++)
			assert_int_not_equal(keys[i], keys[j]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_links_are_found_after_growth),
		cmocka_unit_test(links_of_a_key_keep_their_sequence),
		cmocka_unit_test(texts_have_different_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
