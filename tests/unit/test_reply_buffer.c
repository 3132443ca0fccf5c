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
	struct snapshot all[SNAPSHOTS], *sn;
	size_t i;

	(void)state;
	memset(all, 0, sizeof(all));
	sn = snapshot_begin(all);
	for (i = 0; i < strlen(text); i++) {
		assert_false(snapshot_complete(sn));
		assert_int_equal(snapshot_add(sn, text + i, 1), 0);
	}
	assert_true(snapshot_complete(sn));
	assert_int_equal(sn->sn_len, strlen(text));
	assert_memory_equal(sn->sn_text, text, strlen(text));
	free(sn->sn_text);
}

static void
test_users(void **state)
{
	struct snapshot all[SNAPSHOTS], *first, *sn;
	size_t i;

	(void)state;
	memset(all, 0, sizeof(all));
	assert_null(snapshot_oldest(all));
	first = snapshot_begin(all);
	first->sn_users = 2;
	for (i = 1; i < SNAPSHOTS; i++) {
		sn = snapshot_begin(all);
		assert_non_null(sn);
		assert_int_equal(snapshot_add(sn, "x", 1), 0);
		sn->sn_users = 1;
	}
	/* All of them have users. */
	assert_null(snapshot_begin(all));
	assert_ptr_equal(snapshot_oldest(all), first);
	snapshot_leave(NULL);
	snapshot_leave(first);
	assert_null(snapshot_begin(all));
	snapshot_leave(first);
	assert_ptr_not_equal(snapshot_oldest(all), first);
	assert_ptr_equal(snapshot_begin(all), first);
	for (i = 0; i < SNAPSHOTS; i++)
		free(all[i].sn_text);
}

/* One that is long is not kept, and one that is too long is none. */
static void
test_size(void **state)
{
	struct snapshot all[SNAPSHOTS], *sn;
	const size_t piece = (size_t)1 << 20;
	char *text = calloc(1, piece);
	size_t n = 0;

	(void)state;
	memset(all, 0, sizeof(all));
	assert_non_null(text);
	sn = snapshot_begin(all);
	sn->sn_users = 1;
	while (n < 1000 && snapshot_add(sn, text, piece) == 0)
		n++;
	assert_int_equal(n, 64);
	assert_int_equal(sn->sn_len, n * piece);
	snapshot_leave(sn);
	assert_null(sn->sn_text);
	assert_int_equal(sn->sn_size, 0);
	sn = snapshot_begin(all);
	assert_int_equal(snapshot_add(sn, text, 100), 0);
	assert_int_equal(sn->sn_len, 100);
	free(sn->sn_text);
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
