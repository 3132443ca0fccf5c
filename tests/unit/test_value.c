/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Valid and invalid values of options, exact to the nanosecond. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/value.h"

#define MS UINT64_C(1000000)
#define S  UINT64_C(1000000000)

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Initial value, which an error leaves unchanged. */
#define UNTOUCHED 4711

struct good {
	const char *g_text;
	uint64_t g_value;
};

static const char *
parse_time(const char *text, uint64_t *v)
{
	return value_time(text, 0, v);
}

/* The shortest valid time is 1 ms. */
static const char *
parse_time_ms(const char *text, uint64_t *v)
{
	return value_time(text, MS, v);
}

/* Each text has its value. */
static void
accepts(const char *(*parse)(const char *, uint64_t *), const struct good *good,
    size_t n)
{
	uint64_t v;

	for (; n > 0; n--, good++) {
		v = UNTOUCHED;
		if (parse(good->g_text, &v) != NULL)
			fail_msg("\"%s\" was refused", good->g_text);
		assert_int_equal(v, good->g_value);
	}
}

/* Each text is an error with this description of valid values. */
static void
refuses(const char *(*parse)(const char *, uint64_t *), const char *const *bad,
    size_t n, const char *valid)
{
	const char *wanted;
	uint64_t v;

	for (; n > 0; n--, bad++) {
		v = UNTOUCHED;
		wanted = parse(*bad, &v);
		if (wanted == NULL)
			fail_msg("\"%s\" was accepted", *bad);
		assert_string_equal(wanted, valid);
		assert_int_equal(v, UNTOUCHED);
	}
}

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

	(void)state;
	accepts(value_count, good, LEN(good));
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

	(void)state;
	refuses(value_count, bad, LEN(bad),
	    "a whole number from 1 to 9223372036854775807");
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
		/* A year in each unit. */
		{ "31536000000ms", 31536000 * S },
		{ "31536000", 31536000 * S },
		{ "31536000s", 31536000 * S },
		{ "525600m", 31536000 * S },
		{ "8760h", 31536000 * S },
		{ "365d", 31536000 * S },
		{ "1d", 86400 * S },
		{ "0d", 0 },
	};

	(void)state;
	accepts(parse_time, good, LEN(good));
}

static void
bad_times(void **state)
{
	static const char *const bad[] = { "", " ", "s", "ms", "h", "-1", "-1s",
		"-0s", "+5", "+5s", " 5", " 5s", "5 ", "5 s", "5s ", "\t5s",
		"5\n", "5x", "5w", "5S", "5H", "5D", "5ss", "5sm", "5mss",
		"5m5s", "5us", "5ns", "1.5s", ".5s", "1,5s", "1e3", "1e9h",
		"0x5s", "s5", "5\xff",
		/* A little more than a year. */
		"31536000001ms", "31536001", "31536001s", "525601m", "8761h",
		"366d",
		/* Overflows: as a number, in ns, and 31 digits. */
		"18446744073709551616", "18446744073709551617ms",
		"18446744074s", "307445735m", "5124096h", "213504d",
		"9999999999999999999999999999999s",
		"10000000000000000000000000000000s",
		"00000000000000000000000000000000000000005s" };

	(void)state;
	refuses(parse_time, bad, LEN(bad),
	    "a time such as 0, 10, 500ms, "
	    "10s, 15m, 2h or 30d, at most 365d");
}

/* The text of an error names the bound. */
static void
shortest_time(void **state)
{
	static const char *const bad[] = { "0", "0s", "0ms", "0m", "0h" };
	uint64_t v;

	(void)state;
	refuses(parse_time_ms, bad, LEN(bad),
	    "a time such as 10, 500ms, 10s, "
	    "15m, 2h or 30d, 1ms to 365d");
	assert_null(value_time("1ms", MS, &v));
	assert_int_equal(v, MS);
	assert_non_null(value_time("4ms", 5 * MS, &v));
	assert_null(value_time("5ms", 5 * MS, &v));
	assert_int_equal(v, 5 * MS);
	assert_non_null(value_time("8761h", MS, &v));
}

static void
good_sizes(void **state)
{
	static const struct good good[] = {
		{ "1", 1 },
		{ "1500", 1500 },
		{ "0001K", 1024 },
		{ "64K", 65536 },
		{ "600M", UINT64_C(600) << 20 },
		{ "2G", UINT64_C(2) << 30 },
		{ "9223372036854775807", INT64_MAX },
		{ "9007199254740991K", INT64_MAX - 1023 },
		{ "8796093022207M", INT64_MAX - 1048575 },
		{ "8589934591G", INT64_MAX - 1073741823 },
		{ "1T", UINT64_C(1) << 40 },
		{ "8388607T", INT64_MAX - ((INT64_C(1) << 40) - 1) },
	};

	(void)state;
	accepts(value_size, good, LEN(good));
}

static void
bad_sizes(void **state)
{
	static const char *const bad[] = { "", " ", "0", "0K", "0G", "K", "-1",
		"+1", " 1", "1 ", "1k", "1 K", "1KB", "1KK", "1t", "1P", "1.5G",
		"1e3", "0x10", "9223372036854775808", "9007199254740992K",
		"8796093022208M", "8589934592G", "18014398509481985K",
		"17179869185G", "8388608T", "16777217T", "18446744073709551617",
		"99999999999999999999999999999999G" };

	(void)state;
	refuses(value_size, bad, LEN(bad),
	    "a number of bytes such as 1500, 64K, 10M, 2G or 1T, "
	    "from 1 to 9223372036854775807");
}

/* Counts and sizes, alone and with a time. */
static void
rates(void **state)
{
	static const char long_one[] =
	    "00000000000000000000000000000000000000000000000000000000000000"
	    "00005/1s";
	static const char *const bad[] = { long_one, "", "/", "/10s", "0/10s",
		"5/", "5/0", "5/0ms", "5/-1", "5 /10s", "5/ 10s", "5/10s ",
		"5/10x", "5/1/1", "5//1", "10s/5", "1k/10s", "5/8761h",
		"9223372036854775808/1s" };
	uint64_t v = UNTOUCHED, t = UNTOUCHED;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(bad); i++) {
		if (value_rate(bad[i], &v, &t) == NULL ||
		    value_size_rate(bad[i], &v, &t) == NULL)
			fail_msg("\"%s\" was accepted", bad[i]);
		assert_int_equal(v, UNTOUCHED);
		assert_int_equal(t, UNTOUCHED);
	}
	assert_null(value_rate("500/10s", &v, &t));
	assert_int_equal(v, 500);
	assert_int_equal(t, 10 * S);
	assert_null(value_rate("9223372036854775807/1ms", &v, &t));
	assert_int_equal(v, INT64_MAX);
	assert_int_equal(t, MS);
	assert_null(value_rate("500", &v, &t));
	assert_int_equal(v, 500);
	assert_int_equal(t, 0);
	assert_non_null(value_rate("5K/10s", &v, &t));
	assert_null(value_size_rate("5K/2h", &v, &t));
	assert_int_equal(v, 5120);
	assert_int_equal(t, 7200 * S);
	assert_null(value_size_rate("600M", &v, &t));
	assert_int_equal(v, UINT64_C(600) << 20);
	assert_int_equal(t, 0);
	assert_string_equal(value_rate("x/10s", &v, &t),
	    "a whole number from 1 to 9223372036854775807");
	assert_string_equal(value_rate("5/x", &v, &t),
	    "a number, a slash and a time such as 500ms, 10s, 15m, 2h or 30d, "
	    "1ms to 365d");
}

static void
policies(void **state)
{
	static const char *const good[POLICY_WHILE] = {
		[POLICY_ONCE] = "once",
		[POLICY_DROP] = "drop",
		[POLICY_QUEUE] = "queue",
		[POLICY_RESTART] = "restart",
	};
	static const char *const bad[] = { "", " ", "o", "onc", "once ",
		" once", "oncee", "Once", "ONCE", "once,drop", "0", "all" };
	enum policy_kind v;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(good); i++) {
		v = POLICY_KINDS;
		assert_null(value_policy(good[i], &v));
		assert_int_equal(v, i);
		assert_string_equal(value_policy_name(v), good[i]);
	}
	for (i = 0; i < LEN(bad); i++) {
		v = POLICY_KINDS;
		if (value_policy(bad[i], &v) == NULL)
			fail_msg("\"%s\" was accepted", bad[i]);
		assert_string_equal(
		    value_policy(bad[i], &v), "once, drop, queue or restart");
		assert_int_equal(v, POLICY_KINDS);
	}
}

static void
signals(void **state)
{
	static const struct {
		const char *s_text;
		int s_signal;
		const char *s_name;
	} good[] = {
		{ "HUP", SIGHUP, "HUP" },
		{ "SIGHUP", SIGHUP, "HUP" },
		{ "INT", SIGINT, "INT" },
		{ "SIGKILL", SIGKILL, "KILL" },
		{ "QUIT", SIGQUIT, "QUIT" },
		{ "TERM", 0, "TERM" },
		{ "SIGTERM", 0, "TERM" },
		{ "USR1", SIGUSR1, "USR1" },
		{ "SIGUSR2", SIGUSR2, "USR2" },
		{ "WINCH", SIGWINCH, "WINCH" },
	};
	static const char *const bad[] = { "", "SIG", "hup", "SIGhup", "sigHUP",
		"SIGSIGHUP", "1", "0", "STOP", "CONT", "CHLD", "HUP ", " HUP",
		"HUPP", "HU" };
	size_t i;
	int v;

	(void)state;
	for (i = 0; i < LEN(good); i++) {
		v = UNTOUCHED;
		assert_null(value_signal(good[i].s_text, &v));
		assert_int_equal(v, good[i].s_signal);
		assert_string_equal(value_signal_name(v), good[i].s_name);
	}
	for (i = 0; i < LEN(bad); i++) {
		v = UNTOUCHED;
		if (value_signal(bad[i], &v) == NULL)
			fail_msg("\"%s\" was accepted", bad[i]);
		assert_int_equal(v, UNTOUCHED);
	}
}

static const char *
parse_keys(const char *text, uint64_t *v)
{
	uint32_t n = UNTOUCHED;
	const char *wanted = value_keys(text, &n);

	*v = n;
	return wanted;
}

static const char *
parse_runs(const char *text, uint64_t *v)
{
	uint32_t n = UNTOUCHED;
	const char *wanted = value_runs(text, &n);

	*v = n;
	return wanted;
}

static void
keys_and_runs(void **state)
{
	static const struct good keys[] = { { "1", 1 }, { "4096", 4096 },
		{ "1000000", 1000000 } };
	static const struct good runs[] = { { "1", 1 }, { "064", 64 } };
	static const char *const bad_keys[] = { "", "0", "1000001", "-1", " 1",
		"1K", "4294967297", "18446744073709551617" };
	static const char *const bad_runs[] = { "", "0", "65", "-1", "1 ",
		"4294967297" };

	(void)state;
	accepts(parse_keys, keys, LEN(keys));
	accepts(parse_runs, runs, LEN(runs));
	refuses(parse_keys, bad_keys, LEN(bad_keys),
	    "a whole number from 1 to 1000000");
	refuses(
	    parse_runs, bad_runs, LEN(bad_runs), "a whole number from 1 to 64");
}

static void
prints(void **state)
{
	static const char *const bad[] = { "", "Text", "jso", "json ", "none" };
	enum conf_print v = CONF_PRINT_NONE;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(bad); i++) {
		assert_string_equal(value_print(bad[i], &v), "text or json");
		assert_int_equal(v, CONF_PRINT_NONE);
	}
	assert_null(value_print("text", &v));
	assert_int_equal(v, CONF_PRINT_TEXT);
	assert_null(value_print("json", &v));
	assert_int_equal(v, CONF_PRINT_JSON);
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
		cmocka_unit_test(good_sizes),
		cmocka_unit_test(bad_sizes),
		cmocka_unit_test(rates),
		cmocka_unit_test(policies),
		cmocka_unit_test(signals),
		cmocka_unit_test(keys_and_runs),
		cmocka_unit_test(prints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
