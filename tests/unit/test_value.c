/* Values of options: what is taken, to the nanosecond, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "value.h"

#define MS UINT64_C(1000000)
#define S  UINT64_C(1000000000)

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* What a value must still be after an error. */
#define UNTOUCHED 4711

struct good {
	const char *g_text;
	uint64_t g_value;
};

static void
good_counts(void **state)
{
	static const struct good good[] = {
		{ "1", 1 },
		{ "9", 9 },
		{ "007", 7 },
		{ "100", 100 },
		{ "4294967296", UINT64_C(4294967296) },
		{ "9223372036854775807", INT64_MAX },
		{ "0000000000000000000000000000000000000000000001", 1 },
	};
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(good); i++) {
		v = UNTOUCHED;
		if (value_count(good[i].g_text, &v) != NULL)
			fail_msg("\"%s\" was refused", good[i].g_text);
		assert_int_equal(v, good[i].g_value);
	}
}

static void
bad_counts(void **state)
{
	static const char *const bad[] = { "", " ", "0", "00", "-0", "-1", "+5",
		" 5", "\t5", "\n5", "5 ", "5\n", "10k", "1e3", "1.0", "1,000",
		"0x10", "ten", "--5", "9223372036854775808",
		"18446744073709551615", "18446744073709551616",
		"18446744073709551617", "-9223372036854775809",
		"99999999999999999999999999999999999999999999999999",
		"\xd9\xa1", "\xff" };
	const char *wanted;
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(bad); i++) {
		v = UNTOUCHED;
		wanted = value_count(bad[i], &v);
		if (wanted == NULL)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_string_equal(
		    wanted, "a whole number from 1 to 9223372036854775807");
		assert_int_equal(v, UNTOUCHED);
	}
}

static void
good_times(void **state)
{
	static const struct good good[] = {
		{ "0", 0 },
		{ "0ms", 0 },
		{ "0h", 0 },
		{ "1", S },
		{ "10", 10 * S },
		{ "10s", 10 * S },
		{ "010s", 10 * S },
		{ "1ms", MS },
		{ "500ms", 500 * MS },
		{ "1500ms", 1500 * MS },
		{ "15m", 900 * S },
		{ "2h", 7200 * S },
		/* A year, in every unit. */
		{ "31536000000ms", 31536000 * S },
		{ "31536000", 31536000 * S },
		{ "31536000s", 31536000 * S },
		{ "525600m", 31536000 * S },
		{ "8760h", 31536000 * S },
	};
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(good); i++) {
		v = UNTOUCHED;
		if (value_time(good[i].g_text, 0, &v) != NULL)
			fail_msg("\"%s\" was refused", good[i].g_text);
		assert_int_equal(v, good[i].g_value);
	}
}

static void
bad_times(void **state)
{
	static const char *const bad[] = { "", " ", "s", "ms", "h", "-1", "-1s",
		"-0s", "+5", "+5s", " 5", " 5s", "5 ", "5 s", "5s ", "\t5s",
		"5\n", "5x", "5d", "5S", "5H", "5ss", "5sm", "5mss", "5m5s",
		"5us", "5ns", "1.5s", ".5s", "1,5s", "1e3", "1e9h", "0x5s",
		"s5", "5\xff",
		/* A little more than a year. */
		"31536000001ms", "31536001", "31536001s", "525601m", "8761h",
		/* These would wrap: as a number, in ns, as 31 digits. */
		"18446744073709551616", "18446744073709551617ms",
		"18446744074s", "307445735m", "5124096h",
		"9999999999999999999999999999999s",
		"10000000000000000000000000000000s",
		"00000000000000000000000000000000000000005s" };
	const char *wanted;
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(bad); i++) {
		v = UNTOUCHED;
		wanted = value_time(bad[i], 0, &v);
		if (wanted == NULL)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_string_equal(wanted,
		    "a time such as 0, 10, 500ms, "
		    "10s, 15m or 2h, at most 8760h");
		assert_int_equal(v, UNTOUCHED);
	}
}

/* The text of the error names the bound that holds. */
static void
shortest_time(void **state)
{
	static const char *const bad[] = { "0", "0s", "0ms", "0m", "0h" };
	const char *wanted;
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(bad); i++) {
		v = UNTOUCHED;
		wanted = value_time(bad[i], MS, &v);
		assert_non_null(wanted);
		assert_string_equal(wanted,
		    "a time such as 10, 500ms, 10s, "
		    "15m or 2h, 1ms to 8760h");
		assert_int_equal(v, UNTOUCHED);
	}
	assert_null(value_time("1ms", MS, &v));
	assert_int_equal(v, MS);
	assert_non_null(value_time("4ms", 5 * MS, &v));
	assert_null(value_time("5ms", 5 * MS, &v));
	assert_int_equal(v, 5 * MS);
	assert_non_null(value_time("8761h", MS, &v));
}

static void
policies(void **state)
{
	static const char *const good[JOB_POLICIES] = {
		[JOB_ONCE] = "once",
		[JOB_DROP] = "drop",
		[JOB_QUEUE] = "queue",
		[JOB_RESTART] = "restart",
	};
	static const char *const bad[] = { "", " ", "o", "onc", "once ",
		" once", "oncee", "Once", "ONCE", "once,drop", "0", "all" };
	enum job_policy v;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(good); i++) {
		v = JOB_POLICIES;
		assert_null(value_policy(good[i], &v));
		assert_int_equal(v, i);
	}
	for (i = 0; i < LEN(bad); i++) {
		v = JOB_POLICIES;
		if (value_policy(bad[i], &v) == NULL)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_string_equal(
		    value_policy(bad[i], &v), "once, drop, queue or restart");
		assert_int_equal(v, JOB_POLICIES);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_counts),
		cmocka_unit_test(bad_counts),
		cmocka_unit_test(good_times),
		cmocka_unit_test(bad_times),
		cmocka_unit_test(shortest_time),
		cmocka_unit_test(policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
