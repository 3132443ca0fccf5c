/* Answers that clients share. */
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
	struct reply_buffer all[REPLY_BUFFERS], *sn;
	size_t i;

	(void)state;
	memset(all, 0, sizeof(all));
	sn = reply_buffer_begin(all);
	for (i = 0; i < strlen(text); i++) {
		assert_false(reply_buffer_complete(sn));
		assert_int_equal(reply_buffer_add(sn, text + i, 1), 0);
	}
	assert_true(reply_buffer_complete(sn));
	assert_int_equal(sn->rb_len, strlen(text));
	assert_memory_equal(sn->rb_text, text, strlen(text));
	free(sn->rb_text);
}

static void
test_users(void **state)
{
	struct reply_buffer all[REPLY_BUFFERS], *first, *sn;
	size_t i;

	(void)state;
	memset(all, 0, sizeof(all));
	assert_null(reply_buffer_oldest(all));
	first = reply_buffer_begin(all);
	first->rb_users = 2;
	for (i = 1; i < REPLY_BUFFERS; i++) {
		sn = reply_buffer_begin(all);
		assert_non_null(sn);
		assert_int_equal(reply_buffer_add(sn, "x", 1), 0);
		sn->rb_users = 1;
	}
	/* All of them have users. */
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

/* One that is long is not kept, and one that is too long is none. */
static void
test_size(void **state)
{
	struct reply_buffer all[REPLY_BUFFERS], *sn;
	const size_t piece = (size_t)1 << 20;
	char *text = calloc(1, piece);
	size_t n = 0;

	(void)state;
	memset(all, 0, sizeof(all));
	assert_non_null(text);
	sn = reply_buffer_begin(all);
	sn->rb_users = 1;
	while (n < 1000 && reply_buffer_add(sn, text, piece) == 0)
		n++;
	assert_int_equal(n, 64);
	assert_int_equal(sn->rb_len, n * piece);
	reply_buffer_leave(sn);
	assert_null(sn->rb_text);
	assert_int_equal(sn->rb_size, 0);
	sn = reply_buffer_begin(all);
	assert_int_equal(reply_buffer_add(sn, text, 100), 0);
	assert_int_equal(sn->rb_len, 100);
	free(sn->rb_text);
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
