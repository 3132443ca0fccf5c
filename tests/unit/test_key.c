/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Layout, validity and text of keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/key_text.h"

#include "key_fixture.h"

static void
layout(void **state)
{
	struct key_spec ks = spec("vlan,source-port,mac,destination");
	struct key key = { { 0 } };

	(void)state;
	assert_int_equal(key_place(&ks, 3), 4);
	assert_int_equal(key_place(&ks, 1), 20);
	assert_int_equal(key_place(&ks, 2), 22);
	assert_int_equal(key_place(&ks, 0), 28);
	assert_int_equal(key_size(&ks), 32);
	key.k_bytes[0] = 4;
	assert_true(key_valid(&ks, &key));
	key.k_bytes[7] = key.k_bytes[20] = key.k_bytes[27] = 255;
	key.k_bytes[28] = 15;
	assert_true(key_valid(&ks, &key));
	key.k_bytes[28] = 16;
	assert_false(key_valid(&ks, &key));
	key.k_bytes[28] = 0;
	key.k_bytes[8] = 1;
	assert_false(key_valid(&ks, &key));
	key.k_bytes[0] = 6;
	assert_true(key_valid(&ks, &key));
	key.k_bytes[30] = 1;
	assert_false(key_valid(&ks, &key));
	key.k_bytes[30] = 0;
	key.k_bytes[0] = 5;
	assert_false(key_valid(&ks, &key));
	ks = spec("source,destination,mac,destination-mac");
	assert_int_equal(key_size(&ks), KEY_SIZE);
	ks = spec("port");
	assert_int_equal(key_size(&ks), 8);
	memset(&key, 0, sizeof(key));
	assert_true(key_valid(&ks, &key));
	key.k_bytes[1] = 1;
	assert_false(key_valid(&ks, &key));
}

static void
texts(void **state)
{
	static const char *const wrong[] = { "", "sources", "source/", "port/8",
		"source/33", "source/24/129", "source/24/", "source/24/64/1",
		"source/024", "source/-1", "source/99999999999", "source /24",
		"mac/", "source/24,port", "SOURCE" };
	static const char *const right[][2] = { { "source/32", "source" },
		{ "source/32/128", "source" }, { "source/24", "source/24" },
		{ "destination/32/64", "destination/32/64" },
		{ "source/0/0", "source/0/0" }, { "vlan,mac", "vlan, mac" } };
	struct key_spec ks = { 0 };
	char buf[KEY_TEXT_SPEC];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_non_null(key_text_add(&ks, wrong[i]));
	assert_int_equal(ks.ks_n, 0);
	assert_false(key_spec_valid(&ks));
	for (i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		ks = spec(right[i][0]);
		key_text_spec(&ks, buf, sizeof(buf));
		assert_string_equal(buf, right[i][1]);
	}
	ks = spec("source,port,mac");
	assert_string_equal(key_text_add(&ks, "source/24"), "given twice");
	assert_null(key_text_add(&ks, "vlan"));
	assert_string_equal(
	    key_text_add(&ks, "source-port"), "more than 4 parts");
	assert_string_equal(
	    key_text_variable(KEY_SOURCE_PORT), "BPFSTATSD_SOURCE_PORT");
	assert_string_equal(key_text_kind(KEY_VLAN), "vlan");
}

/* The longest texts fit. */
static void
long_texts(void **state)
{
	struct key_spec ks = spec("source/1/127,destination/1/127");
	struct key key;
	char buf[KEY_TEXT], part[KEY_TEXT_PART];

	(void)state;
	memset(&key, 0xff, sizeof(key));
	key.k_bytes[0] = 6;
	key_text(&ks, &key, buf, sizeof(buf));
	assert_string_equal(buf,
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127 "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127");
	key_text_part(&ks, &key, 1, part, sizeof(part));
	assert_string_equal(
	    part, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127");
}

static void
invalid_specs(void **state)
{
	const struct key_spec valid = spec("source/24,port");
	struct key_spec ks = valid;

	(void)state;
	ks.ks_n = 0;
	assert_false(key_spec_valid(&ks));
	ks.ks_n = 1;
	assert_false(key_spec_valid(&ks));
	ks.ks_n = KEY_PARTS + 1;
	assert_false(key_spec_valid(&ks));
	ks = valid;
	ks.ks_parts[1].kp_kind = KEY_KINDS;
	assert_false(key_spec_valid(&ks));
	ks = valid;
	ks.ks_parts[1].kp_v4 = 1;
	assert_false(key_spec_valid(&ks));
	ks = valid;
	ks.ks_parts[0].kp_v4 = 33;
	assert_false(key_spec_valid(&ks));
	ks = valid;
	ks.ks_parts[0].kp_v6 = 129;
	assert_false(key_spec_valid(&ks));
	ks = valid;
	ks.ks_parts[1] = ks.ks_parts[0];
	assert_false(key_spec_valid(&ks));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout),
		cmocka_unit_test(texts),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(invalid_specs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
