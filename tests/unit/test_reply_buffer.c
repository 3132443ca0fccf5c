/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Reply buffers: completeness, users, size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/reply_buffer.h"

static void
test_complete(void **state)
{
	static const char text[] = "bpfstatsd\t1\nend of the line\tend\nend\n";
	struct reply_buffer all[REPLY_BUFFERS], *rb;
	size_t i;

	(void)state;
	memset(all, 0, sizeof(all));
	rb = reply_buffer_begin(all);
	for (i = 0; i < strlen(text); i++) {
		assert_false(reply_buffer_complete(rb));
		assert_int_equal(reply_buffer_add(rb, text + i, 1), 0);
	}
	assert_true(reply_buffer_complete(rb));
	assert_int_equal(rb->rb_len, strlen(text));
	assert_memory_equal(rb->rb_text, text, strlen(text));
	free(rb->rb_text);
}

static void
test_users(void **state)
{
	struct reply_buffer all[REPLY_BUFFERS], *first, *rb;
	size_t i;

	(void)state;
	memset(all, 0, sizeof(all));
	assert_null(reply_buffer_oldest(all));
	first = reply_buffer_begin(all);
	first->rb_users = 2;
	for (i = 1; i < REPLY_BUFFERS; i++) {
		rb = reply_buffer_begin(all);
		assert_non_null(rb);
		assert_int_equal(reply_buffer_add(rb, "x", 1), 0);
		rb->rb_users = 1;
	}
	/* Every buffer has users. */
	assert_null(reply_buffer_begin(all));
	assert_ptr_equal(reply_buffer_oldest(all), first);
	reply_buffer_leave(NULL);
	reply_buffer_leave(first);
	assert_null(reply_buffer_begin(all));
	reply_buffer_leave(first);
	assert_ptr_not_equal(reply_buffer_oldest(all), first);
	assert_ptr_equal(reply_buffer_begin(all), first);
	for (i = 0; i < REPLY_BUFFERS; i++)
		free(all[i].rb_text);
}

/* The memory of a long reply is freed, and a reply has a maximum length. */
static void
test_size(void **state)
{
	struct reply_buffer all[REPLY_BUFFERS], *rb;
	const size_t piece = (size_t)1 << 20;
	char *text = calloc(1, piece);
	size_t n = 0;

	(void)state;
	memset(all, 0, sizeof(all));
	assert_non_null(text);
	rb = reply_buffer_begin(all);
	rb->rb_users = 1;
	while (n < 1000 && reply_buffer_add(rb, text, piece) == 0)
		n++;
	assert_int_equal(n, 64);
	assert_int_equal(rb->rb_len, n * piece);
	reply_buffer_leave(rb);
	assert_null(rb->rb_text);
	assert_int_equal(rb->rb_size, 0);
	rb = reply_buffer_begin(all);
	assert_int_equal(reply_buffer_add(rb, text, 100), 0);
	assert_int_equal(rb->rb_len, 100);
	free(rb->rb_text);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
