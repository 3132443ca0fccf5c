/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: numbers, rates, the table, and parsing of replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "ctl/format.h"
#include "ctl/print_table.h"
#include "ctl/rates.h"
#include "ctl/reply.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void
test_numbers(void **state)
{
	static const struct {
		double t_value;
		double t_base;
		const char *t_text;
	} numbers[] = {
		{ 0, 1000, "0" },
		{ 1, 1000, "1" },
		{ 1.25, 1000, "1.2" },
		{ 99.94, 1000, "99.9" },
		{ 99.96, 1000, "100" },
		{ 99999, 1000, "99999" },
		{ 99999.6, 1000, "100k" },
		{ 123456, 1000, "123k" },
		{ 999499, 1000, "999k" },
		{ 999501, 1000, "1.00M" },
		{ 12345678, 1000, "12.3M" },
		{ 1048576, 1024, "1.00M" },
		{ 1e15, 1000, "1.00P" },
		{ 18446744073709551615.0, 1000, "18.4E" },
		{ 18446744073709551615.0, 1024, "16.0E" },
	};
	char buf[SHORT_TEXT];
	double v;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(numbers); i++)
		assert_string_equal(
		    format_number(numbers[i].t_value, numbers[i].t_base, buf),
		    numbers[i].t_text);
	for (v = 1; v < 1e20; v *= 1.013) {
		assert_true(strlen(format_number(v, 1000, buf)) <= 5);
		assert_true(strlen(format_number(v, 1024, buf)) <= 5);
	}
}

static void
test_ages(void **state)
{
	static const struct {
		double t_seconds;
		const char *t_text;
	} ages[] = { { -1, "-" }, { 0, "0s" }, { 99.9, "99s" }, { 100, "1m" },
		{ 5999, "99m" }, { 6000, "1h" }, { 172799, "47h" },
		{ 172800, "2d" }, { 86399999, "999d" }, { 86400000, ">999d" },
		{ 1e18, ">999d" } };
	char buf[SHORT_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < LEN(ages); i++)
		assert_string_equal(
		    format_age(ages[i].t_seconds, buf), ages[i].t_text);
}

/* Adds a reply with one row. */
static void
add_row(struct rates *rs, const char *name, uint64_t packets, uint64_t at)
{
	struct row row = { .rw_rule = name,
		.rw_interface = "x",
		.rw_trigger = "idle 1s",
		.rw_packets = packets };
	const struct reply re = { .re_rows = &row, .re_n = 1 };

	assert_int_equal(rates_add(rs, &re, at), 0);
}

static void
test_rates(void **state)
{
	const uint64_t cell = 60 * CLOCK_S / BAR_CELLS;
	static const unsigned char none[BAR_CELLS];
	struct rates rs = { NULL, NULL, 0 };
	const struct rate *rt;

	(void)state;
	/* The first count is no rate. */
	add_row(&rs, "a", 1000, 100 * cell);
	assert_true(rs.rs_list[0].rt_rate == 0);
	assert_memory_equal(rs.rs_list[0].rt_bar, none, BAR_CELLS);
	add_row(&rs, "a", 1600, 101 * cell);
	rt = &rs.rs_list[0];
	assert_true(rt->rt_rate > 99.99 && rt->rt_rate < 100.01);
	assert_int_equal(rt->rt_bar[BAR_CELLS - 1], BAR_STEPS - 1);
	assert_int_equal(rt->rt_bar[BAR_CELLS - 2], 0);
	/* The count has restarted at 0: all packets are new. */
	add_row(&rs, "a", 300, 102 * cell);
	rt = &rs.rs_list[0];
	assert_true(rt->rt_rate > 49.99 && rt->rt_rate < 50.01);
	assert_int_equal(rt->rt_bar[BAR_CELLS - 2], BAR_STEPS - 1);
	assert_in_range(rt->rt_bar[BAR_CELLS - 1], 4, 5);
	/* A long time without a reply empties the older cells. */
	add_row(&rs, "a", 301, 1000 * cell);
	rt = &rs.rs_list[0];
	assert_int_equal(rt->rt_bar[BAR_CELLS - 1], BAR_STEPS - 1);
	assert_memory_equal(rt->rt_bar, none, BAR_CELLS - 1);
	/* Another rule has no history. */
	add_row(&rs, "b", 5, 1001 * cell);
	assert_memory_equal(rs.rs_list[0].rt_bar, none, BAR_CELLS);
	rates_free(&rs);
}

/* No line of a table is wider than the limit. */
static void
test_width(void **state)
{
	static const char long_text[] = "0123456789 0123456789 0123456789 "
					"0123456789 0123456789 0123456789";
	struct rate rates[2];
	struct row rows[2];
	const struct reply re = { .re_rows = rows, .re_n = 2 };
	struct table ta = { .ta_width = 80, .ta_eol = "\n" };
	char *text, *line;
	size_t size, k;
	FILE *f;

	(void)state;
	memset(rates, 0, sizeof(rates));
	memset(rows, 0, sizeof(rows));
	for (k = 0; k < 2; k++) {
		rows[k].rw_rule = rows[k].rw_interface = rows[k].rw_trigger =
		    k == 0 ? long_text : "";
		rows[k].rw_packets = rows[k].rw_bytes = rows[k].rw_events =
		    rows[k].rw_runs = rows[k].rw_failures = rows[k].rw_waiting =
			rows[k].rw_keys = rows[k].rw_untracked =
			    rows[k].rw_keyless = UINT64_MAX;
		rows[k].rw_has_bytes = rows[k].rw_has_keys = true;
		rows[k].rw_status = "signal 64";
		rows[k].rw_last = 86399999;
		rates[k].rt_rate = 1.8e19;
		memset(rates[k].rt_bar, BAR_STEPS - 1, BAR_CELLS);
	}
	for (k = 0; k < 3; k++) {
		ta.ta_rates = k == 0 ? NULL : rates;
		ta.ta_width = k == 2 ? 120 : 80;
		assert_non_null(f = open_memstream(&text, &size));
		print_table(&ta, &re, f);
		fclose(f);
		for (line = text; *line != '\0'; line += size + 1) {
			size = strcspn(line, "\n");
			assert_true(size <= ta.ta_width);
		}
		free(text);
	}
}

/* Triggers are short, and keep their keys. */
static void
test_triggers(void **state)
{
	static const char *const triggers[][2] = {
		{ "every 1 packet", "every 1 " },
		{ "every 64K bytes by source", "every 64KB by source " },
		{ "rate 500 packets / 10s", "500/10s " },
		{ "rate 5 bytes / 1s by source/24, port",
		    "5B/1s by source/24, port " },
		{ "idle 15m by mac", "idle 15m by mac " },
	};
	struct row row = { .rw_rule = "a", .rw_interface = "b" };
	const struct reply re = { .re_rows = &row, .re_n = 1 };
	const struct table ta = { .ta_width = 120, .ta_eol = "\n" };
	char *text;
	size_t i, size;
	FILE *f;

	(void)state;
	for (i = 0; i < LEN(triggers); i++) {
		row.rw_trigger = triggers[i][0];
		assert_non_null(f = open_memstream(&text, &size));
		print_table(&ta, &re, f);
		fclose(f);
		assert_non_null(strstr(text, triggers[i][1]));
		free(text);
	}
}

/* Lines of keys count as lines of the terminal. */
static void
test_lines(void **state)
{
	struct row rows[5];
	const struct reply re = { .re_rows = rows, .re_n = 5 };
	struct table ta = { .ta_width = 80, .ta_eol = "\n" };
	char *text, *line;
	size_t size, lines;
	FILE *f;

	(void)state;
	memset(rows, 0, sizeof(rows));
	rows[0].rw_rule = rows[1].rw_rule = rows[2].rw_rule = rows[3].rw_rule =
	    rows[4].rw_rule = "rule";
	for (lines = 0; lines < 5; lines++)
		rows[lines].rw_interface = rows[lines].rw_trigger = "x";
	rows[1].rw_has_keys = rows[2].rw_has_keys = true;
	for (ta.ta_lines = 3; ta.ta_lines < 12; ta.ta_lines++) {
		assert_non_null(f = open_memstream(&text, &size));
		print_table(&ta, &re, f);
		fclose(f);
		lines = 0;
		for (line = text; *line != '\0'; line++)
			lines += *line == '\n';
		if (ta.ta_lines >= 8)
			assert_int_equal(lines, 8);
		else
			assert_in_range(lines, ta.ta_lines - 1, ta.ta_lines);
		assert_int_equal(
		    strstr(text, "more") == NULL, ta.ta_lines >= 8);
		free(text);
	}
}

/* A truncated reply is an error, wherever the text ends. */
static void
test_parse(void **state)
{
	static const char answer[] =
	    "bpfstatsd\t1\t1.0\t5.000\t3\n"
	    "rule\tinterface\ttrigger\tevent\tpackets\tbytes\tevents\truns\t"
	    "failures\tstatus\trunning\tlast\tstate\twakeups\twaiting\tkeys\t"
	    "untracked\tkeyless\n"
	    "a\tb\tidle 1s\tidle\t18446744073709551615\t-\t2\t3\t4\t-\t-\t1.5\t"
	    "absent\t5\t6\t-\t-\t-\n"
	    "a\tb\tidle 1s\tidle\t1\t-\t2\t3\t4\t-\t-\t1.5\t"
	    "absent\t5\t6\t7\t8\t9\n"
	    "end\n";
	char err[REPLY_ERROR], *text;
	struct reply re;
	size_t len;

	(void)state;
	for (len = 0; len <= strlen(answer); len++) {
		assert_non_null(text = calloc(1, sizeof(answer)));
		memcpy(text, answer, len);
		/* The last newline may be missing. */
		if (reply_parse(&re, text, err) == -1) {
			assert_true(len < strlen(answer) - 1);
			continue;
		}
		assert_true(len >= strlen(answer) - 1);
		assert_int_equal(re.re_n, 2);
		assert_true(re.re_rows[0].rw_packets == UINT64_MAX);
		assert_true(re.re_rows[0].rw_absent);
		assert_int_equal(re.re_rows[0].rw_wakeups, 5);
		assert_int_equal(re.re_rows[0].rw_waiting, 6);
		assert_false(re.re_rows[0].rw_has_bytes);
		assert_null(re.re_rows[0].rw_status);
		assert_false(re.re_rows[0].rw_has_keys);
		assert_true(re.re_rows[1].rw_has_keys);
		assert_int_equal(re.re_rows[1].rw_keys, 7);
		assert_int_equal(re.re_rows[1].rw_untracked, 8);
		assert_int_equal(re.re_rows[1].rw_keyless, 9);
		reply_free(&re);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_triggers),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
