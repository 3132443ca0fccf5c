/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Conditions in the log: numbers as a user writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "conf/when.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

#define HOUR (3600 * CLOCK_S)
#define YEAR (8760 * HOUR)

static void
test_texts(void **state)
{
	static const struct {
		enum condition_kind t_kind;
		bool t_bytes;
		uint64_t t_count;
		uint64_t t_time;
		const char *t_text;
	} texts[] = {
		{ CONDITION_EVERY, false, 1, 0, "every 1 packet" },
		{ CONDITION_EVERY, false, 1024, 0, "every 1024 packets" },
		{ CONDITION_EVERY, true, 1, 0, "every 1 bytes" },
		{ CONDITION_EVERY, true, 1500, 0, "every 1500 bytes" },
		{ CONDITION_EVERY, true, 1536, 0, "every 1536 bytes" },
		{ CONDITION_EVERY, true, 64 << 10, 0, "every 64K bytes" },
		{ CONDITION_EVERY, true, UINT64_C(1025) << 20, 0,
		    "every 1025M bytes" },
		{ CONDITION_RATE, true, UINT64_C(3) << 30, CLOCK_S / 2,
		    "rate 3G bytes / 500ms" },
		{ CONDITION_RATE, false, 500, 90 * CLOCK_S,
		    "rate 500 packets / 90s" },
		{ CONDITION_RATE, false, INT64_MAX, YEAR,
		    "rate 9223372036854775807 packets / 365d" },
		{ CONDITION_IDLE, false, 0, 900 * CLOCK_S, "idle 15m" },
		{ CONDITION_IDLE, false, 0, 61 * CLOCK_S, "idle 61s" },
		{ CONDITION_IDLE, false, 0, CLOCK_S + CLOCK_MS, "idle 1001ms" },
		{ CONDITION_IDLE, false, 0, 36 * HOUR, "idle 36h" },
		{ CONDITION_BELOW, false, 1, HOUR, "below 1 packet / 1h" },
		{ CONDITION_BELOW, true, UINT64_C(1) << 40, 24 * HOUR,
		    "below 1T bytes / 1d" },
		{ CONDITION_AFTER, false, 0, 720 * HOUR, "after 30d" },
		{ CONDITION_CALM, false, 0, 600 * CLOCK_S, "calm 10m" },
		{ CONDITION_WHILE, false, 0, CLOCK_MS, "while 1ms" },
	};
	struct conf_trigger ct = { .ct_policy = POLICY_ONCE };
	char buf[WHEN_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < LEN(texts); i++) {
		ct.ct_kind = texts[i].t_kind;
		ct.ct_bytes = texts[i].t_bytes;
		ct.ct_count = texts[i].t_count;
		ct.ct_time = texts[i].t_time;
		assert_string_equal(
		    when_text(&ct, buf, sizeof(buf)), texts[i].t_text);
	}
}

static void
test_keys(void **state)
{
	struct conf_trigger ct = { .ct_kind = CONDITION_RATE,
		.ct_count = 500,
		.ct_time = 10 * CLOCK_S,
		.ct_keys = 5,
		.ct_runs = 2 };
	char buf[WHEN_TEXT];

	(void)state;
	assert_null(key_text_add(&ct.ct_by, "source/24"));
	assert_string_equal(when_text(&ct, buf, sizeof(buf)),
	    "rate 500 packets / 10s by source/24");
	assert_null(key_text_add(&ct.ct_by, "destination/31/127"));
	assert_null(key_text_add(&ct.ct_by, "source-port"));
	assert_null(key_text_add(&ct.ct_by, "destination-mac"));
	ct.ct_count = INT64_MAX;
	assert_string_equal(when_text(&ct, buf, sizeof(buf)),
	    "rate 9223372036854775807 packets / 10s by source/24, "
	    "destination/31/127, source-port, destination-mac");
}

static void
test_events(void **state)
{
	static const char *const names[CONDITION_KINDS] = { "every", "rate",
		"idle", "below", "after", "calm", "while" };
	int i;

	(void)state;
	for (i = 0; i < CONDITION_KINDS; i++)
		assert_string_equal(
		    when_event((enum condition_kind)i), names[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
