/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "filter/filter_caret.h"

/* Accepts a test language: "a" one or more times, with balanced "(" and ")". */
static bool
parses(const char *text, void *arg)
{
	size_t open = 0, as = 0;

	(void)arg;
	for (; *text != '\0'; text++) {
		if (*text == 'a')
			as++;
		else if (*text == '(')
			open++;
		else if (*text == ')' && open > 0)
			open--;
		else if (*text != ' ')
			return false;
	}
	return open == 0 && as > 0;
}

static void
finds_the_first_wrong_part(void **state)
{
	(void)state;
	assert_int_equal(filter_caret_find("a a b a", parses, NULL), 4);
	assert_int_equal(filter_caret_find("b", parses, NULL), 0);
	assert_int_equal(filter_caret_find(" a (a ) ) a", parses, NULL), 8);
	assert_int_equal(filter_caret_find("a (a b)", parses, NULL), 5);
}

static void
finds_an_early_end(void **state)
{
	(void)state;
	assert_int_equal(filter_caret_find("a (a  ", parses, NULL), 4);
	assert_int_equal(filter_caret_find("", parses, NULL), 0);
}

static void
gives_up_on_long_expressions(void **state)
{
	char text[1001];
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		text[i] = "a "[i % 2];
	text[1000] = '\0';
	assert_int_equal(filter_caret_find(text, parses, NULL), 0);
}

static void
shows_a_line_and_a_caret(void **state)
{
	char out[256], text[301];

	(void)state;
	filter_caret_show("a\tb c", 4, out, sizeof(out));
	assert_string_equal(out, "\n    a b c\n        ^");
	memset(text, 'x', 300);
	text[300] = '\0';
	text[200] = '!';
	filter_caret_show(text, 200, out, sizeof(out));
	assert_int_equal(strlen(out), 1 + 4 + 64 + 1 + 4 + 32 + 1);
	assert_int_equal(out[5 + 32], '!');
	assert_int_equal(out[70 + 4 + 32], '^');
	filter_caret_show(text, 200, out, 20);
	assert_int_equal(strlen(out), 19);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_first_wrong_part),
		cmocka_unit_test(finds_an_early_end),
		cmocka_unit_test(gives_up_on_long_expressions),
		cmocka_unit_test(shows_a_line_and_a_caret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
