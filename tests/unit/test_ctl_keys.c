/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: keys of a rule, their sequence, rates and table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/keys.h"
#include "ctl/print_keys.h"
#include "ctl/print_table.h"

static const char answer[] =
    "bpfstatsd\t1\t1.0\t5.000\t3\n"
    "rule\tinterface\ttrigger\tkey\tpackets\tbytes\tevents\tlast\n"
    "a\tem0\tby mac\t-\t-\t-\t-\t-\n"
    "a\tem0\tby mac\t02:00:00:00:00:01\t5\t-\t0\t0.500\n"
    "b\tem0\tby mac\t-\t-\t-\t-\t-\n"
    "b\tem0\tby mac\t02:00:00:00:00:01\t7\t700\t1\t90.000\n"
    "b\tem0\tby mac\t02:00:00:00:00:02\t9\t900\t2\t0.000\n"
    "b\tem0\tby port\t-\t-\t-\t-\t-\n"
    "b\tem1\tby mac\t-\t-\t-\t-\t-\n"
    "b\tem1\tby mac\t02:00:00:00:00:03\t7\t-\t0\t-\n"
    "b\tem1\tby mac\t02:00:00:00:00:01\t7\t-\t0\t1.000\n"
    "c\tem0\tby mac\t-\t-\t-\t-\t-\n"
    "end\n";

/* Parses the first bytes of an answer. */
static int
parse(struct keys *ks, const char *all, size_t len, const char *rule,
    char err[REPLY_ERROR])
{
	char *text = calloc(1, len + 1);

	assert_non_null(text);
	memcpy(text, all, len);
	return keys_parse(ks, text, rule, err);
}

static void
keys_are_sorted_by_packets(void **state)
{
	static const char *const wanted[] = { NULL, "02:00:00:00:00:02",
		"02:00:00:00:00:01", NULL, NULL, "02:00:00:00:00:01",
		"02:00:00:00:00:03" };
	char err[REPLY_ERROR];
	struct keys ks;
	size_t i;

	(void)state;
	assert_int_equal(parse(&ks, answer, strlen(answer), "b", err), 0);
	assert_int_equal(ks.ks_n, sizeof(wanted) / sizeof(wanted[0]));
	for (i = 0; i < ks.ks_n; i++) {
		if (wanted[i] == NULL)
			assert_null(ks.ks_rows[i].kr_key);
		else
			assert_string_equal(ks.ks_rows[i].kr_key, wanted[i]);
	}
	assert_true(ks.ks_rows[1].kr_has_bytes);
	assert_int_equal(ks.ks_rows[1].kr_bytes, 900);
	assert_int_equal(ks.ks_rows[1].kr_events, 2);
	assert_false(ks.ks_rows[5].kr_has_bytes);
	keys_free(&ks);
}

/* A truncated reply is an error, wherever the text ends. */
static void
wrong_answers_are_errors(void **state)
{
	char err[REPLY_ERROR];
	struct keys ks;
	size_t len;

	(void)state;
	for (len = 0; len < strlen(answer) - 1; len++)
		assert_int_equal(parse(&ks, answer, len, "b", err), -1);
	assert_string_equal(err, "truncated reply");
	assert_int_equal(parse(&ks, answer, strlen(answer), "d", err), -1);
	assert_string_equal(
	    err, "rule \"d\": does not exist, or has no \"by\"");
}

/* Returns the keys of an answer with one key. */
static void
one_key(struct keys *ks, const char *key, unsigned int packets)
{
	char buf[512], err[REPLY_ERROR];

	snprintf(buf, sizeof(buf),
	    "bpfstatsd\t1\t1.0\t5.000\t3\n"
	    "rule\tinterface\ttrigger\tkey\tpackets\tbytes\tevents\tlast\n"
	    "a\tem0\tby mac\t-\t-\t-\t-\t-\n"
	    "a\tem0\tby mac\t%s\t%u\t-\t0\t0.500\nend\n",
	    key, packets);
	assert_int_equal(parse(ks, buf, strlen(buf), "a", err), 0);
}

static double
rate(const char *key, unsigned int before, unsigned int packets)
{
	struct keys old, new;
	double result;

	one_key(&old, "x", before);
	one_key(&new, key, packets);
	assert_int_equal(keys_rates(&new, &old, 2), 0);
	result = new.ks_rows[1].kr_rate;
	keys_free(&old);
	keys_free(&new);
	return result;
}

static void
rates_are_of_the_same_key(void **state)
{
	(void)state;
	assert_true(rate("x", 100, 150) == 25);
	assert_true(rate("x", 100, 100) == 0);
	/* The key was forgotten and has come again. */
	assert_true(rate("x", 100, 30) == 15);
	/* The key was not among those with the most packets. */
	assert_true(rate("y", 100, 150) == -1);
}

/* No line is wider than the limit, and there are no more lines. */
static void
a_table_fits(void **state)
{
	struct table ta = { .ta_eol = "\n" };
	char err[REPLY_ERROR], *text, *line;
	size_t size, lines, width;
	struct keys ks;
	FILE *f;

	(void)state;
	assert_int_equal(parse(&ks, answer, strlen(answer), "b", err), 0);
	ks.ks_rows[1].kr_key = "2001:db8:1111:2222:3333:4444:5555:6666 "
			       "2001:db8:1111:2222:3333:4444:5555:6667 65535";
	ks.ks_rows[1].kr_packets = ks.ks_rows[1].kr_bytes =
	    ks.ks_rows[1].kr_events = UINT64_MAX;
	ks.ks_rows[1].kr_rate = ks.ks_rows[1].kr_last = 1e18;
	for (ta.ta_width = 80; ta.ta_width < 140; ta.ta_width++) {
		for (ta.ta_lines = 0; ta.ta_lines < 14; ta.ta_lines++) {
			if (ta.ta_lines == 1)
				ta.ta_lines = 3;
			assert_non_null(f = open_memstream(&text, &size));
			print_keys(&ta, &ks, f);
			fclose(f);
			lines = 0;
			for (line = text; *line != '\0'; line += width + 1) {
				width = strcspn(line, "\n");
				assert_true(width <= ta.ta_width);
				lines++;
			}
			if (ta.ta_lines == 0 || ta.ta_lines > 10)
				assert_int_equal(lines, 10);
			else
				assert_true(lines <= ta.ta_lines);
			free(text);
		}
	}
	keys_free(&ks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_sorted_by_packets),
		cmocka_unit_test(wrong_answers_are_errors),
		cmocka_unit_test(rates_are_of_the_same_key),
		cmocka_unit_test(a_table_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
