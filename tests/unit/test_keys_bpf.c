/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The tables of the BSDs and macOS, as sources of the watcher. */
#include <pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/key_extract.h"
#include "engine/key_table.h"
#include "ipc/source_message.h"
#include "key_fixture.h"
#include "source/bpf/keys_bpf.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "source/source_keys_message.h"
#include "source/source_kind.h"

#define PACKET 60

struct source *
source_keys_open_kind(const struct source_keys *sk, struct source_shared *ss,
    char *err, size_t errlen)
{
	(void)ss;
	return keys_bpf_open(sk, err, errlen);
}

static struct source *
open_table(const char *by, uint32_t keys, enum condition_kind kind,
    uint64_t count, uint64_t time)
{
	const struct source_keys sk = { .sk_spec = spec(by),
		.sk_keys = keys,
		.sk_kind = kind,
		.sk_count = count,
		.sk_time = time };
	char error[SOURCE_TEXT] = "";
	struct source *s = source_keys_open(&sk, NULL, error, sizeof(error));

	assert_non_null(s);
	assert_true(source_keys_is(s));
	assert_string_equal(error, "");
	return s;
}

/* Counts an IP packet from a source, `captured` bytes of it. */
static void
count(struct source *s, uint8_t from, size_t captured, uint64_t when)
{
	const uint8_t packet[PACKET] = { 0x45, [3] = PACKET, [8] = 64, 17, 0, 0,
		10, 0, 0, from, 10, 0, 0, 99 };
	const struct key_packet p = { .pk_link = KEY_LINK_IP,
		.pk_bytes = packet,
		.pk_captured = captured,
		.pk_length = PACKET };

	keys_bpf_count(&s, 1, &p, when);
}

/* Samples with all packets up to now.  Returns the events so far. */
static uint64_t
sample(struct source *s, uint64_t now)
{
	struct source_count sc;

	keys_bpf_reached(&s, 1, now);
	assert_int_equal(s->s_ops->so_sample(s, now, &sc), 0);
	return sc.sc_packets;
}

/* Takes events, which are of this source. */
static void
take(struct source *s, uint8_t from, uint64_t events, uint64_t at)
{
	struct key_event ev;

	assert_true(source_keys_event(s, 0, &ev));
	assert_int_equal(ev.kv_key.k_bytes[KEY_FIRST + 3], from);
	assert_int_equal(ev.kv_events, events);
	assert_int_equal(ev.kv_at, at);
}

static void
take_none(struct source *s)
{
	struct key_event ev;

	assert_false(source_keys_event(s, 0, &ev));
}

/* Returns true if an event more than these is there already. */
static bool
arm(struct source *s, uint64_t events, uint64_t now)
{
	const struct source_count wanted = { .sc_packets = events + 1,
		.sc_bytes = UINT64_MAX };

	return s->s_ops->so_wake_at(s, &wanted, now);
}

static void
sums(void **state)
{
	struct source *s = open_table("source", 2, CONDITION_EVERY, 2, 0);
	struct key_table_sums ks;
	struct key_entry e;

	(void)state;
	assert_false(keys_bpf_awaits(&s, 1));
	assert_false(arm(s, 0, 1));
	assert_true(keys_bpf_awaits(&s, 1));
	count(s, 1, PACKET, 1);
	count(s, 2, 20, 2);
	count(s, 3, 20, 3);
	count(s, 1, 19, 4);
	count(s, 1, 15, 5);
	keys_bpf_miss(&s, 1, 7);
	assert_int_equal(sample(s, 10), 1);
	assert_false(arm(s, 1, 10));
	assert_true(arm(s, 0, 10));
	assert_true(s->s_at == CLOCK_NEVER && s->s_fd == -1);
	assert_false(arm(s, UINT64_MAX - 1, 10));
	assert_false(keys_bpf_awaits(&s, 1));
	take(s, 1, 1, 4);
	take_none(s);
	assert_int_equal(source_keys_sums(s, &ks), 2);
	assert_int_equal(ks.ks_packets, 12);
	assert_int_equal(ks.ks_refused, 1);
	assert_int_equal(ks.ks_cut, 8);
	assert_int_equal(ks.ks_keyless, 0);
	assert_true(source_keys_entry(s, 0, &e));
	assert_int_equal(e.ke_packets, 2);
	assert_int_equal(e.ke_bytes, 2 * PACKET);
	assert_int_equal(e.ke_last, 4);
	assert_true(source_keys_entry(s, 1, &e));
	assert_int_equal(e.ke_packets, 1);
	s->s_ops->so_close(s);
}

/* Only packets that have been counted end a time without packets. */
static void
silences(void **state)
{
	struct source *s = open_table("source", 10, CONDITION_IDLE, 0, CLOCK_S);
	struct source_count sc;

	(void)state;
	assert_int_equal(sample(s, CLOCK_S), 0);
	assert_false(arm(s, 0, CLOCK_S));
	assert_true(s->s_at == CLOCK_NEVER);
	assert_false(keys_bpf_awaits(&s, 1));
	count(s, 1, PACKET, 2 * CLOCK_S);
	assert_int_equal(sample(s, 2 * CLOCK_S), 0);
	assert_false(arm(s, 0, 2 * CLOCK_S));
	assert_int_equal(s->s_at, 3 * CLOCK_S);
	/* Packets are unread. */
	assert_int_equal(s->s_ops->so_sample(s, 3 * CLOCK_S, &sc), 0);
	assert_int_equal(sc.sc_packets, 0);
	take_none(s);
	/* The next look is not at once. */
	assert_false(arm(s, 0, 3 * CLOCK_S));
	assert_in_range(
	    s->s_at, 3 * CLOCK_S + CLOCK_S / 40, 3 * CLOCK_S + CLOCK_S / 32);
	count(s, 1, PACKET, 5 * CLOCK_S / 2);
	assert_int_equal(sample(s, 3 * CLOCK_S), 0);
	assert_int_equal(sample(s, 4 * CLOCK_S), 1);
	take(s, 1, 1, 7 * CLOCK_S / 2);
	take_none(s);
	s->s_ops->so_close(s);
}

/* Many keys that are silent at the same time take several turns. */
static void
crowd(void **state)
{
	struct source *s =
	    open_table("source-port", 5000, CONDITION_IDLE, 0, CLOCK_S);
	uint8_t packet[PACKET] = { 0x45, [3] = PACKET, [9] = 17 };
	const struct key_packet p = { .pk_link = KEY_LINK_IP,
		.pk_bytes = packet,
		.pk_captured = PACKET,
		.pk_length = PACKET };
	const uint64_t now = 10 * CLOCK_S;
	struct key_event ev;
	uint64_t seen = 0, before, turns = 0, i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		packet[20] = (uint8_t)(i >> 8);
		packet[21] = (uint8_t)i;
		keys_bpf_count(&s, 1, &p, CLOCK_S);
	}
	do {
		before = seen;
		seen = sample(s, now);
		assert_in_range(seen - before, 1, 2000);
		while (source_keys_event(s, now, &ev))
			turns++;
		assert_false(arm(s, seen, now));
		assert_true(s->s_at == (seen < 5000 ? now : CLOCK_NEVER));
	} while (seen < 5000);
	assert_int_equal(turns, 5000);
	s->s_ops->so_close(s);
}

/* Returns true if a message with these numbers is valid. */
static bool
valid(uint32_t keys, unsigned int kind, uint64_t count, uint64_t time)
{
	const struct source_keys sk = { .sk_spec = spec("port"),
		.sk_keys = keys,
		.sk_kind = kind,
		.sk_count = count,
		.sk_time = time };
	struct source_message sm = { 0 };
	struct source_keys got;

	source_keys_message_put(&sk, &sm);
	return source_keys_message_get(&got, &sm);
}

/* The watcher makes the same table of the opener's message. */
static void
messages(void **state)
{
	struct source *s = open_table("source,port", 3, CONDITION_RATE, 5, 9);
	struct source_message sm = { 0 };
	struct source_keys sk;
	struct source *other;

	(void)state;
	assert_int_equal(s->s_ops->so_send(s, &sm, NULL), 0);
	/* The opener has no table once the watcher has one. */
	s->s_ops->so_lend(s);
	assert_string_equal(sm.sm_name, SOURCE_KEYS_NAME);
	assert_true(source_keys_message_get(&sk, &sm));
	assert_int_equal(sk.sk_spec.ks_n, 2);
	assert_int_equal(sk.sk_keys, 3);
	assert_int_equal(sk.sk_count, 5);
	assert_int_equal(sk.sk_time, 9);
	assert_null(keys_bpf_receive(&sm, NULL, 1, NULL));
	other = keys_bpf_receive(&sm, NULL, 0, NULL);
	assert_non_null(other);
	assert_int_equal(
	    keys_bpf_reach(&s, 1, DLT_RAW), keys_bpf_reach(&other, 1, DLT_RAW));
	other->s_ops->so_close(other);
	s->s_ops->so_close(s);
	memset(sm.sm_numbers, 0, sizeof(sm.sm_numbers));
	assert_null(keys_bpf_receive(&sm, NULL, 0, NULL));
}

static void
numbers(void **state)
{
	(void)state;
	assert_true(valid(1, CONDITION_EVERY, 1, 0));
	assert_true(valid(KEY_TABLE_MAX, CONDITION_RATE, 1, 1));
	assert_true(valid(1, CONDITION_IDLE, 0, 1));
	assert_true(valid(1, CONDITION_AFTER, 0, 1));
	assert_true(valid(1, CONDITION_BELOW, 2, 1));
	assert_false(valid(1, CONDITION_BELOW, 2, 0));
	assert_false(valid(0, CONDITION_EVERY, 1, 0));
	assert_false(valid(KEY_TABLE_MAX + 1, CONDITION_EVERY, 1, 0));
	assert_false(valid(1, CONDITION_EVERY, 0, 0));
	assert_false(valid(1, CONDITION_RATE, 0, 1));
	assert_false(valid(1, CONDITION_RATE, 1, 0));
	assert_false(valid(1, CONDITION_IDLE, 0, 0));
	assert_false(valid(1, CONDITION_AFTER, 0, 0));
	assert_false(valid(1, CONDITION_CALM, 1, 1));
	assert_false(valid(1, CONDITION_BELOW, 1, 1));
	assert_false(valid(1, 1000, 1, 1));
}

/* The bytes to keep are those of the table that needs most. */
static void
reaches(void **state)
{
	struct source *keys[2];

	(void)state;
	keys[0] = open_table("mac", 1, CONDITION_EVERY, 1, 0);
	keys[1] = open_table("port", 1, CONDITION_AFTER, 0, 1);
	assert_int_equal(keys_bpf_reach(NULL, 0, DLT_EN10MB), 1);
	assert_in_range(keys_bpf_reach(keys, 1, DLT_EN10MB), 12, 22);
	assert_int_equal(keys_bpf_reach(keys, 2, DLT_EN10MB),
	    key_extract_reach(
		&(const struct key_spec){ 1, { { KEY_PORT, 0, 0 } } },
		KEY_LINK_ETHERNET));
	assert_int_equal(keys_bpf_reach(keys, 2, DLT_IEEE802_11), 1);
	keys[0]->s_ops->so_close(keys[0]);
	keys[1]->s_ops->so_close(keys[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums),
		cmocka_unit_test(silences),
		cmocka_unit_test(crowd),
		cmocka_unit_test(messages),
		cmocka_unit_test(numbers),
		cmocka_unit_test(reaches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
