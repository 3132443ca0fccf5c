/* Records of bpf(4) devices, those that no kernel gives among them. */
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

#include "bpf_records.h"

#define HEADER sizeof(struct bpf_hdr)
#define KEPT   1
#define RECORD BPF_WORDALIGN(HEADER + KEPT)

static char buf[4096];

/* A record of a packet of this length, kept as our filter has it; its end. */
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

/* The read ends exactly where memory does, so that a sanitizer sees more. */
static struct bpf_tally
tally(size_t len)
{
	struct bpf_tally t = { .bt_packets = 0 };
	char *exact = malloc(len == 0 ? 1 : len);

	assert_non_null(exact);
	memcpy(exact, buf, len);
	bpf_records(&t, exact, len);
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
	/* The last is not padded. */
	t = tally(end);
	assert_int_equal(t.bt_packets, 5);
	assert_int_equal(t.bt_bytes, 510);
	assert_int_equal(t.bt_last, UINT64_C(4000007000));
	/* Nor does padding do harm. */
	assert_int_equal(tally(5 * RECORD).bt_packets, 5);
	assert_int_equal(tally(0).bt_packets, 0);
}

/* A record whose end was cut off is none. */
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
	/* Lengths whose sum goes round. */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_up),
		cmocka_unit_test(cut),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
