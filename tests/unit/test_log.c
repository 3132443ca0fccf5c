/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Log lines in JSON, and escaping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/log_internal.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* 2026-11-25 22:30:01.007 */
static const struct timespec when = { 1795645801, 7999999 };

static const char *
quoted(const char *text)
{
	static char buf[512];
	char piece[JSON_PIECE];
	size_t n;

	buf[0] = '\0';
	while ((n = json_char(text, piece)) != 0) {
		strncat(buf, piece, sizeof(buf) - strlen(buf) - 1);
		text += n;
	}
	return buf;
}

static void
test_texts(void **state)
{
	static const struct {
		const char *t_text;
		const char *t_quoted;
	} texts[] = {
		{ "", "" },
		{ "plain /text", "plain /text" },
		{ "a\"b\\c", "a\\\"b\\\\c" },
		{ "\n\t\x01\x1f\x7f", "\\u000a\\u0009\\u0001\\u001f\\u007f" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa1",
		    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa1" },
		{ "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0",
		    "\\u0080\\u009b\\u009f\xc2\xa0" },
		{ "\xff", "\\ufffd" },
		{ "\xc3", "\\ufffd" },
		{ "\xc3\xa4\xa4", "\xc3\xa4\\ufffd" },
		{ "\xc0\x80", "\\ufffd\\ufffd" },
		{ "\xe0\x80\x80", "\\ufffd\\ufffd\\ufffd" },
		{ "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd" },
		{ "\xe2\x82", "\\ufffd\\ufffd" },
		{ "\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd" },
		{ "\xf0\x80\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LEN(texts); i++)
		assert_string_equal(quoted(texts[i].t_text), texts[i].t_quoted);
}

static void
test_line(void **state)
{
	static const struct log_fact facts[] = {
		{ "rule", "a\"b", 0, false },
		{ "count", NULL, UINT64_MAX, false },
		{ "duration", NULL, 1500000999, true },
	};
	char line[512];
	size_t len;

	(void)state;
	len = log_json(line, sizeof(line), &when, LEVEL_DEBUG, facts,
	    LEN(facts), "x: \x80");
	line[len] = '\0';
	assert_string_equal(line,
	    "{\"time\":\"2026-11-25T22:30:01.007Z\",\"level\":\"debug\","
	    "\"rule\":\"a\\\"b\",\"count\":18446744073709551615,"
	    "\"duration\":1.500000,\"message\":\"x: \\ufffd\"}\n");
	len = log_json(line, sizeof(line), &when, LEVEL_WARNING, NULL, 0, "");
	line[len] = '\0';
	assert_string_equal(line,
	    "{\"time\":\"2026-11-25T22:30:01.007Z\",\"level\":\"warning\","
	    "\"message\":\"\"}\n");
}

/* Lines with texts that are too long still end correctly. */
static void
test_long(void **state)
{
	struct log_fact facts[12];
	char line[512 + 1], text[2000];
	size_t i, len, size;
	int c;

	(void)state;
	for (c = 0; c < 3; c++) {
		memset(text, "a\"\xff"[c], sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		for (i = 0; i < LEN(facts); i++)
			facts[i] = (struct log_fact){ "name", text, i, false };
		for (i = 0; i <= LEN(facts); i++) {
			size = sizeof(line) - 1;
			line[size] = 'x';
			len = log_json(
			    line, size, &when, LEVEL_INFO, facts, i, text);
			assert_true(len <= size);
			assert_int_equal(line[size], 'x');
			assert_memory_equal(line + len - 3, "\"}\n", 3);
			assert_ptr_equal(
			    memchr(line, '\n', len), line + len - 1);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
