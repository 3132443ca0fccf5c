/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Lines of events: the columns, and names of any bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ipc/order.h"
#include "runner/command.h"
#include "runner/event_line.h"
#include "runner/run_key.h"

static const struct key_spec no_by;

static void
assert_line(enum conf_print form, const struct command_cause *cc,
    const struct order_start *os, const char *wanted)
{
	char buf[EVENT_LINE_SIZE];
	size_t len = event_line(buf, form, cc, os);

	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(buf, wanted, len);
}

static void
test_columns(void **state)
{
	const struct order_start os = {
		.os_events = 2,
		.os_count = 200,
		.os_total = 1205,
		.os_bytes = UINT64_MAX,
		.os_time = UINT64_C(1764332101000070999),
	};
	struct command_cause cc = { "every", "camera", "em0", false, &no_by };

	(void)state;
	assert_line(
	    CONF_PRINT_NONE, &cc, &os, "1764332101.000070 every 2 200 1205\n");
	assert_line(CONF_PRINT_TEXT, &cc, &os,
	    "1764332101.000070 every 2 200 1205 camera em0 -\n");
	assert_line(CONF_PRINT_JSON, &cc, &os,
	    "{\"time\":1764332101.000070,\"event\":\"every\",\"events\":2,"
	    "\"count\":200,\"total\":1205,\"bytes\":null,"
	    "\"rule\":\"camera\",\"interface\":\"em0\",\"key\":null}\n");
	cc.cc_bytes = true;
	assert_line(CONF_PRINT_JSON, &cc, &os,
	    "{\"time\":1764332101.000070,\"event\":\"every\",\"events\":2,"
	    "\"count\":200,\"total\":1205,\"bytes\":18446744073709551615,"
	    "\"rule\":\"camera\",\"interface\":\"em0\",\"key\":null}\n");
}

/* A name is one column and one string. */
static void
test_names(void **state)
{
	const struct order_start os = { .os_events = 1 };
	const struct command_cause cc = { "idle", "a \\\"\t\n\033\177",
		"\303\266\377", false, &no_by };

	(void)state;
	assert_line(CONF_PRINT_TEXT, &cc, &os,
	    "0.000000 idle 1 0 0 a\\040\\134\"\\011\\012\\033\\177 "
	    "\303\266\377 -\n");
	assert_line(CONF_PRINT_JSON, &cc, &os,
	    "{\"time\":0.000000,\"event\":\"idle\",\"events\":1,\"count\":0,"
	    "\"total\":0,\"bytes\":null,"
	    "\"rule\":\"a \\\\\\\"\\u0009\\u000a\\u001b\\u007f\","
	    "\"interface\":\"\303\266\\ufffd\",\"key\":null}\n");
}

/* A key is the last column, or several of these; or a string. */
static void
test_keys(void **state)
{
	const struct order_start os = { .os_events = 1,
		.os_key = { 4, [KEY_FIRST] = 192, 0, 2, 1, [KEY_FIRST + 16] = 1,
		    187 } };
	const struct key_spec by = { 2,
		{ { KEY_PORT, 0, 0 }, { KEY_SOURCE, 32, 128 } } };
	const struct command_cause cc = { "after", "a", "em0", false, &by };
	struct order_start sum = os, other = os;

	(void)state;
	assert_line(CONF_PRINT_NONE, &cc, &os, "0.000000 after 1 0 0\n");
	assert_line(CONF_PRINT_TEXT, &cc, &os,
	    "0.000000 after 1 0 0 a em0 443 192.0.2.1\n");
	assert_line(CONF_PRINT_JSON, &cc, &os,
	    "{\"time\":0.000000,\"event\":\"after\",\"events\":1,"
	    "\"count\":0,\"total\":0,\"bytes\":null,\"rule\":\"a\","
	    "\"interface\":\"em0\",\"key\":\"443 192.0.2.1\"}\n");
	run_key_merge(&sum, &os);
	assert_line(CONF_PRINT_TEXT, &cc, &sum,
	    "0.000000 after 1 0 0 a em0 443 192.0.2.1\n");
	/* Events of several keys, and those of one key more. */
	other.os_key[KEY_FIRST + 3]++;
	run_key_merge(&sum, &other);
	assert_line(
	    CONF_PRINT_TEXT, &cc, &sum, "0.000000 after 1 0 0 a em0 -\n");
	run_key_merge(&other, &sum);
	assert_line(
	    CONF_PRINT_TEXT, &cc, &other, "0.000000 after 1 0 0 a em0 -\n");
}

/* The longest lines fit. */
static void
test_long(void **state)
{
	const struct order_start os = { UINT64_MAX, UINT64_MAX, UINT64_MAX,
		UINT64_MAX, UINT64_MAX, 0, { 6, [KEY_FIRST] = 255, 255 } };
	const struct key_spec longest = { 4,
		{ { KEY_SOURCE, 32, 127 }, { KEY_DESTINATION, 32, 127 },
		    { KEY_MAC, 0, 0 }, { KEY_DESTINATION_MAC, 0, 0 } } };
	char name[4096], buf[EVENT_LINE_SIZE];
	const struct command_cause cc = { "every", name, name, true, &longest };
	enum conf_print form;
	size_t len;

	(void)state;
	memset(name, '\001', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (form = CONF_PRINT_NONE; form <= CONF_PRINT_JSON; form++) {
		len = event_line(buf, form, &cc, &os);
		assert_true(len < EVENT_LINE_SIZE);
		assert_int_equal(buf[len - 1], '\n');
		assert_null(memchr(buf, '\n', len - 1));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
