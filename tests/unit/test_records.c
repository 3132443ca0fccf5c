/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Records of bpf(4) devices, including damaged ones. */
#include <sys/types.h>
#include <sys/time.h>

#include <net/bpf.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "source/bpf/records.h"

#define HEADER sizeof(struct bpf_hdr)
#define KEPT   1
#define RECORD BPF_WORDALIGN(HEADER + KEPT)

static char buf[4096];

/* Writes a record, with KEPT bytes of the packet; returns its end. */
static size_t
put(size_t at, uint32_t length, uint32_t second)
{
	struct bpf_hdr h;

	memset(&h, 0, sizeof(h));
	h.bh_hdrlen = (uint16_t)HEADER;
	h.bh_caplen = KEPT;
	h.bh_datalen = length;
	h.bh_tstamp.tv_sec = second;
	h.bh_tstamp.tv_usec = 7;
	memcpy(buf + at, &h, sizeof(h));
	return at + HEADER + KEPT;
}

/* Counts all records of a buffer. */
static void
count(struct bpf_tally *t, const char *from, size_t len,
    const struct bpf_moment *bm)
{
	struct bpf_records bs = {
		.bs_next = from, .bs_len = len, .bs_moment = *bm
	};
	struct bpf_record br;

	while (records_next(&bs, &br)) {
		/* All of it is in the buffer. */
		assert_true((const char *)br.br_bytes >= from);
		assert_true(
		    (const char *)br.br_bytes + br.br_captured <= from + len);
		records_count(t, &br, &bs.bs_moment);
	}
	assert_false(records_next(&bs, &br));
}

/* Counts from a buffer of exactly `len` bytes, for the address sanitizer. */
static struct bpf_tally
tally(size_t len)
{
	/* Both clocks agree. */
	const struct bpf_moment bm = { 100 * CLOCK_S, 100 * CLOCK_S };
	struct bpf_tally t = { .bt_packets = 0 };
	char *exact = malloc(len == 0 ? 1 : len);

	assert_non_null(exact);
	memcpy(exact, buf, len);
	count(&t, exact, len, &bm);
	free(exact);
	return t;
}

static void
adds_up(void **state)
{
	struct bpf_tally t;
	size_t end = 0, i;

	(void)state;
	for (i = 0; i < 5; i++)
		end = put(i * RECORD, (uint32_t)(100 + i), (uint32_t)i);
	/* The last record is not padded. */
	t = tally(end);
	assert_int_equal(t.bt_packets, 5);
	assert_int_equal(t.bt_bytes, 510);
	assert_int_equal(t.bt_last, UINT64_C(4000007000));
	/* Padding at the end is accepted, too. */
	assert_int_equal(tally(5 * RECORD).bt_packets, 5);
	assert_int_equal(tally(0).bt_packets, 0);
}

/* A truncated record does not count. */
static void
cut(void **state)
{
	size_t end, len;

	(void)state;
	put(0, 60, 1);
	end = put(RECORD, 60, 2);
	for (len = 0; len <= end; len++)
		assert_int_equal(tally(len).bt_packets,
		    len == end		     ? 2 :
			len >= HEADER + KEPT ? 1 :
					       0);
}

static void
nonsense(void **state)
{
	struct bpf_hdr h;
	unsigned int seed;

	(void)state;
	memset(buf, 0, sizeof(buf));
	assert_int_equal(tally(sizeof(buf)).bt_packets, 0);
	memset(buf, 0xff, sizeof(buf));
	assert_int_equal(tally(sizeof(buf)).bt_packets, 0);
	/* Lengths whose sum overflows. */
	put(0, 60, 1);
	memcpy(&h, buf, sizeof(h));
	h.bh_caplen = UINT32_MAX;
	memcpy(buf, &h, sizeof(h));
	assert_int_equal(tally(sizeof(buf)).bt_packets, 0);
	for (seed = 0; seed < 20000; seed++) {
		size_t i;

		srand(seed);
		for (i = 0; i < sizeof(buf); i++)
			buf[i] = (char)(rand() % 4 == 0 ? rand() : 0);
		assert_true(tally(sizeof(buf)).bt_packets <= sizeof(buf) / 8);
	}
}

/* Silences by the stamps, unless the real-time clock was set. */
static void
silences(void **state)
{
	struct bpf_moment bm = { 100 * CLOCK_S, 50 * CLOCK_S };
	struct bpf_tally t = { .bt_last = 10 * CLOCK_S };
	size_t end;

	(void)state;
	t.bt_silences[0].sl_time = 2 * CLOCK_S;
	t.bt_silences[1].sl_time = 3 * CLOCK_S;
	t.bt_silences[2].sl_time = 2 * CLOCK_S;
	t.bt_silences[2].sl_since = 39 * CLOCK_S;
	/* Packets at 40, 40, 42 and 45 s. */
	put(0, 60, 90);
	put(RECORD, 60, 90);
	put(2 * RECORD, 60, 92);
	end = put(3 * RECORD, 60, 95);
	count(&t, buf, end, &bm);
	assert_int_equal(t.bt_silences[0].sl_count, 3);
	assert_int_equal(t.bt_silences[1].sl_count, 2);
	assert_int_equal(t.bt_silences[2].sl_count, 2);
	assert_int_equal(t.bt_first, 40 * CLOCK_S + 7000);
	assert_int_equal(t.bt_last, 45 * CLOCK_S + 7000);
	/* The clock is set forward an hour; a packet comes a second later. */
	bm.bm_real += 3601 * CLOCK_S;
	bm.bm_now += CLOCK_S - 4 * CLOCK_S;
	end = put(0, 60, 3600 + 100);
	count(&t, buf, end, &bm);
	assert_int_equal(t.bt_silences[0].sl_count, 3);
	/* The clock is set back. */
	bm.bm_real = 102 * CLOCK_S;
	bm.bm_now = 48 * CLOCK_S;
	end = put(0, 60, 102);
	count(&t, buf, end, &bm);
	assert_int_equal(t.bt_silences[0].sl_count, 3);
}

/* Silences since a time before 0, on a machine that has just started. */
static void
silences_since_before(void **state)
{
	const struct bpf_moment bm = { 50 * CLOCK_S, 50 * CLOCK_S };
	struct bpf_tally t = { .bt_last = 10 * CLOCK_S };
	size_t end;

	(void)state;
	t.bt_silences[0].sl_time = 20 * CLOCK_S;
	t.bt_silences[0].sl_since = 5 * CLOCK_S - 20 * CLOCK_S;
	t.bt_silences[1] = t.bt_silences[0];
	t.bt_silences[1].sl_time = 31 * CLOCK_S;
	/* Packets at 40 and 41 s. */
	put(0, 60, 40);
	end = put(RECORD, 60, 41);
	count(&t, buf, end, &bm);
	assert_int_equal(t.bt_silences[0].sl_count, 1);
	assert_int_equal(t.bt_silences[1].sl_count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_up),
		cmocka_unit_test(cut),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(silences),
		cmocka_unit_test(silences_since_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
