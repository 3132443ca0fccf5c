/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * check_sequences count [first]: generates sequences of packets, each with a
 * rule and a link type, counts them by key in the kernel and with the reference
 * in engine/key_table.c, and compares keys, counts and events.  Prints sums.
 *
 * The program in the kernel is the daemon's except for the clock, which stands
 * still between packets, so that both see the same times.  Not compared is
 * which keys a full table refuses while others in there have expired, beyond
 * eight places or up to a second: the kernel searches only eight places for an
 * expired key, whose silence must be longer than a second.
 */
#include <err.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

static void must(bool, const char *, int);

#define MUST(condition) must(condition, #condition, __LINE__)

#include "../unit/keyed_compare.h"
#include "engine/key.h"
#include "key_frame.h"
#include "key_program.h"
#include "source/linux/keyed_memory.h"
#include "source/linux/slots.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "table_program.h"

#define PACKETS 300
#define POOL	48 /* different packets of a sequence */

/* A packet of the pool. */
struct sample {
	struct packet sa_packet;
	uint8_t sa_frame[KEY_FRAME_MAX];
	size_t sa_n;	 /* bytes of the frame */
	size_t sa_ahead; /* see write_message */
};

static struct sequence {
	uint64_t sq_number;
	const struct link *sq_link;
	const char *sq_text; /* key */
	struct source_keys sq_keys;
	uint64_t sq_now;
	uint64_t sq_step; /* between packets, at most */
} sq;

static struct sums {
	unsigned long s_packets;
	unsigned long s_answers[3]; /* as enum key_found */
	unsigned long s_refused;
	unsigned long s_forgotten;
	unsigned long s_events;
} sums;

static struct sample pool[POOL];
static struct table_program program;
static struct key_table table;

static void
must(bool condition, const char *text, int line)
{
	if (condition)
		return;
	errx(1,
	    "sequence %" PRIu64 ", line %d: not %s: %s, by %s, condition %d, "
	    "count %" PRIu64 " %s, time %" PRIu64 ", keys %u",
	    sq.sq_number, line, text, sq.sq_link->l_name, sq.sq_text,
	    (int)sq.sq_keys.sk_kind, sq.sq_keys.sk_count,
	    sq.sq_keys.sk_bytes ? "bytes" : "packets", sq.sq_keys.sk_time,
	    sq.sq_keys.sk_keys);
}

static bool
kernel_event(struct key_event *event)
{
	return source_keys_event(program.tp_table, sq.sq_now, event);
}

static bool
kernel_entry(size_t place, struct key_entry *entry)
{
	return source_keys_entry(program.tp_table, place, entry);
}

static uint64_t
draw(uint64_t limit)
{
	const uint64_t high = packet_draw(UINT32_C(1) << 31);

	return (high << 31 | packet_draw(UINT32_C(1) << 31)) % limit;
}

/* Log groups have neither tags nor MAC addresses. */
static void
draw_link(void)
{
	const bool ethernet = strstr(sq.sq_text, "vlan") != NULL ||
	    strstr(sq.sq_text, "mac") != NULL;

	do
		sq.sq_link = &links[packet_draw(4)];
	while (ethernet && sq.sq_link->l_type == EBPF_KEY_NFLOG);
}

static bool
expires(const struct source_keys *sk)
{
	return sk->sk_kind != CONDITION_EVERY && sk->sk_kind != CONDITION_IDLE;
}

/* Draws the room of the table, and the times. */
static void
draw_room(struct source_keys *sk)
{
	static const uint64_t units[] = { 1, 1000, 1000000, 1000000000 };
	const bool full = packet_draw(2) == 0;

	if (sk->sk_kind != CONDITION_EVERY)
		sk->sk_time = 1 +
		    draw(packet_draw(2) == 0 ? 100 : 10000) *
			units[packet_draw(4)];
	sk->sk_keys = 1 + packet_draw(full ? POOL / 2 : POOL);
	sq.sq_step = 1 + draw(1 + sk->sk_time);
	if (!expires(sk))
		return;
	if (!full) {
		sk->sk_keys += POOL;
	} else if (packet_draw(2) == 0) {
		sk->sk_keys = 1 + packet_draw(8);
		/* An odd time, and even steps: no silence is just as long. */
		sk->sk_time += KEYED_REST;
		sk->sk_time |= 1;
	} else {
		/* Nothing expires. */
		sk->sk_time += KEYED_REST;
		sq.sq_step = sk->sk_time / PACKETS - 1;
	}
}

static void
draw_rule(void)
{
	static const enum condition_kind kinds[] = { CONDITION_EVERY,
		CONDITION_RATE, CONDITION_RATE, CONDITION_BELOW, CONDITION_IDLE,
		CONDITION_AFTER };
	struct source_keys *sk = &sq.sq_keys;

	sq.sq_text =
	    key_program_texts[packet_draw((unsigned int)key_program_ntexts)];
	draw_link();
	*sk = (struct source_keys){ .sk_spec = key_program_spec(sq.sq_text),
		.sk_kind = kinds[packet_draw(6)] };
	if (sk->sk_kind != CONDITION_IDLE && sk->sk_kind != CONDITION_AFTER) {
		sk->sk_count = (sk->sk_kind == CONDITION_BELOW ? 2U : 1U) +
		    packet_draw(packet_draw(3) == 0 ? 200 : 20);
		sk->sk_bytes = packet_draw(3) == 0;
		if (sk->sk_bytes)
			sk->sk_count *= 1 + packet_draw(1000);
		if (packet_draw(20) == 0)
			sk->sk_count = (UINT64_C(1) << 47) - packet_draw(100);
	}
	draw_room(sk);
}

/* Gives a packet some of few addresses, ports and tags. */
static void
narrow(struct packet *p)
{
	unsigned int kind;
	uint8_t *at;
	size_t n;

	for (kind = 0; kind < KEY_KINDS; kind++) {
		if (packet_find(p, kind) != KEY_FOUND ||
		    (kind == KEY_VLAN && p->p_packet.pk_tagged))
			continue;
		at = p->p_bytes + p->p_paths[kind].pa_at;
		n = key_width((enum key_kind)kind);
		if (key_is_address((enum key_kind)kind) && !p->p_v6)
			n = 4;
		memset(at, 0, n);
		at[0] = (uint8_t)(packet_draw(2) << 5);
		at[n / 2] = (uint8_t)packet_draw(2);
		at[n - 1] = (uint8_t)packet_draw(2);
	}
}

/* Returns true if a generated packet has all parts of the key, or is cut. */
static bool
has_key(const struct packet *p)
{
	const struct key_spec *ks = &sq.sq_keys.sk_spec;
	size_t i;

	for (i = 0; i < ks->ks_n; i++)
		if (packet_find(p, ks->ks_parts[i].kp_kind) == KEY_NONE)
			return false;
	return true;
}

/* Most packets have a key, or would have one. */
static void
fill_pool(void)
{
	struct sample *sa;

	for (sa = pool; sa < pool + POOL; sa++) {
		sa->sa_ahead = 0;
		do {
			packet_generate(&sa->sa_packet, sq.sq_link->l_link);
			narrow(&sa->sa_packet);
			sa->sa_n = write_frame(sq.sq_link, &sa->sa_packet,
			    sa->sa_frame, &sa->sa_ahead);
		} while (sa->sa_n == 0 ||
		    (!has_key(&sa->sa_packet) && packet_draw(12) != 0));
	}
}

static void
begin(uint64_t number)
{
	const struct source_keys *sk = &sq.sq_keys;
	struct key_table_rule rule;

	packet_seed = sq.sq_number = number;
	packet_draw(1);
	draw_rule();
	fill_pool();
	rule = (struct key_table_rule){ .kr_kind = sk->sk_kind,
		.kr_count = sk->sk_count,
		.kr_time = sk->sk_time,
		.kr_bytes = sk->sk_bytes,
		.kr_keys = sk->sk_keys,
		.kr_size = key_size(&sk->sk_spec) };
	if (key_table_begin(&table, &rule) == -1)
		err(1, "memory");
	sq.sq_now = UINT64_C(1000000000000000) + 2 * draw(1000000);
	table_program_set(sq.sq_now);
	table_program_open(&program, sk, sq.sq_link->l_type);
}

/* Has both look for silent keys.  Returns the events so far. */
static uint64_t
look(void)
{
	struct source_count count = { 0 };

	key_table_look(&table, sq.sq_now);
	MUST(source_sample(program.tp_table, sq.sq_now, &count) == 0);
	return count.sc_packets;
}

/* Counts a packet of the pool, unless the kernel refuses to run the program. */
static void
count_packet(const struct sample *sa)
{
	const struct slot_memory *slot = program.tp_slot;
	const bool group = sq.sq_link->l_type == EBPF_KEY_NFLOG;
	uint64_t packets = atomic_load(&slot->sm_packets.sn_seen);
	uint64_t bytes = atomic_load(&slot->sm_bytes.sn_seen);
	unsigned int segments = 1;
	enum key_found found;
	struct key key;

	if (!group && packet_draw(4) == 0)
		segments += packet_draw(45);
	look();
	if (!table_program_run(&program, sa->sa_frame, sa->sa_n, segments))
		return;
	packets = atomic_load(&slot->sm_packets.sn_seen) - packets;
	bytes = atomic_load(&slot->sm_bytes.sn_seen) - bytes;
	MUST(packets == segments);
	MUST(group || bytes == sa->sa_n - TABLE_PROGRAM_HEAD);
	found = expect(sq.sq_link, &sa->sa_packet, &sq.sq_keys.sk_spec,
	    sa->sa_ahead, bytes, &key);
	key_table_count(&table, found, &key, packets, bytes, sq.sq_now);
	sums.s_packets += packets;
	sums.s_answers[found] += packets;
}

static uint64_t
take_events(void)
{
	look();
	return compare_events(&table);
}

static void
compare_all(void)
{
	struct key_table_sums here;

	source_keys_sums(program.tp_table, &here);
	compare_keys(&table, &here, true);
}

/* Time goes on in even steps. */
static void
pass_time(void)
{
	if (packet_draw(3) != 0)
		sq.sq_now += 2 * draw(1 + sq.sq_step / (2 + packet_draw(60)));
	table_program_set(sq.sq_now);
}

static void
run_sequence(uint64_t number)
{
	const struct sample *sa = pool;
	uint64_t events = 0;
	unsigned int i;
	bool lazy;

	begin(number);
	lazy = packet_draw(2) == 0;
	for (i = 0; i < PACKETS; i++) {
		pass_time();
		if (packet_draw(2) == 0)
			sa = &pool[packet_draw(POOL)];
		count_packet(sa);
		if (!lazy || packet_draw(50) == 0)
			events += take_events();
		if (packet_draw(50) == 0)
			compare_all();
	}
	events += take_events();
	compare_all();
	MUST(look() == events);
	sums.s_events += events;
	sums.s_refused += table.kt_sums.ks_refused;
	sums.s_forgotten += table.kt_sums.ks_forgotten;
	table_program_close(&program);
	key_table_end(&table);
}

int
main(int argc, char **argv)
{
	unsigned long count, first = 0, i;

	if (argc < 2 || argc > 3)
		errx(2, "usage: check_sequences count [first]");
	count = strtoul(argv[1], NULL, 10);
	if (argc == 3)
		first = strtoul(argv[2], NULL, 10);
	for (i = 0; i < count; i++)
		run_sequence(first + i);
	printf("%lu sequences, %lu packets, %lu found, %lu cut, %lu keyless, "
	       "%lu refused, %lu forgotten, %lu events\n",
	    count, sums.s_packets, sums.s_answers[KEY_FOUND],
	    sums.s_answers[KEY_CUT], sums.s_answers[KEY_NONE], sums.s_refused,
	    sums.s_forgotten, sums.s_events);
	return 0;
}
