/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * flood_keys [-s speed] condition count time keys sources packets: counts
 * packets by their source address in a table of the kernel, on two processors
 * at a time, and checks the sums, the count of each key, and its events.  The
 * length of a packet depends on the source, so that a packet that was counted
 * for another one shows in the bytes.
 *
 * condition: every, rate, below, idle or after; time in ms, of a clock that is
 * `speed` times as fast.  The packets are those of a program run without a
 * network, each with one of the sources by chance.
 */
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <pcap/dlt.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/condition.h"
#include "engine/key_table.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "table_program.h"

#define THREADS 2

/* Bytes of a packet; no length is a multiple of another one. */
#define LENGTH		  61
#define length_of(source) (LENGTH + (source) % LENGTH)

struct sender {
	pthread_t se_thread;
	int se_cpu;
	uint64_t se_seed;
	uint32_t *se_sent; /* packets of each source */
};

static struct source_keys rule = { .sk_spec = {
				       1, { { KEY_SOURCE, 32, 128 } } } };
static struct table_program program;
static struct source *table;
static size_t sources, packets;
static uint32_t *events; /* of each source */
static uint32_t *places; /* of each place: the source seen there, plus 1 */
static uint64_t taken, changes;
static struct sender senders[THREADS];
static _Atomic unsigned int running;
static uint64_t took; /* ns on that clock, from the first packet to the last */

static uint64_t
number(const char *text, uint64_t most)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || n > most)
		errx(2, "%s: no such number", text);
	return n;
}

static enum condition_kind
kind_of(const char *word)
{
	static const char *const words[] = { [CONDITION_EVERY] = "every",
		[CONDITION_RATE] = "rate",
		[CONDITION_BELOW] = "below",
		[CONDITION_IDLE] = "idle",
		[CONDITION_AFTER] = "after" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i] != NULL && strcmp(words[i], word) == 0)
			return (enum condition_kind)i;
	errx(2, "%s: no such condition", word);
}

static void
parse(char **argv)
{
	rule.sk_kind = kind_of(argv[1]);
	rule.sk_count = number(argv[2], UINT64_C(1) << 47);
	rule.sk_time = number(argv[3], 1000000000) * CLOCK_MS;
	rule.sk_keys = (uint32_t)number(argv[4], KEY_TABLE_MAX);
	sources = (size_t)number(argv[5], 1U << 24);
	packets = (size_t)number(argv[6], UINT32_MAX);
}

static void
begin(void)
{
	uint64_t before = clock_now();
	size_t i;

	table_program_open(&program, &rule, DLT_EN10MB);
	table = program.tp_table;
	printf("# opened in %.1f ms\n", (double)(clock_now() - before) / 1e6);
	events = calloc(sources, sizeof(*events));
	places = calloc(rule.sk_keys, sizeof(*places));
	for (i = 0; i < THREADS; i++)
		senders[i].se_sent = calloc(sources, sizeof(uint32_t));
	if (events == NULL || places == NULL ||
	    senders[THREADS - 1].se_sent == NULL)
		err(1, "memory");
}

static void
pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) == -1)
		err(1, "processor %d", cpu);
}

static void *
send_packets(void *arg)
{
	uint8_t data[TABLE_PROGRAM_HEAD + 2 * LENGTH];
	struct sender *se = arg;
	uint32_t source;
	size_t i, n;

	pin(se->se_cpu);
	atomic_fetch_sub(&running, 1);
	while (atomic_load(&running) > THREADS)
		;
	for (i = 0; i < packets / THREADS; i++) {
		se->se_seed = se->se_seed * UINT64_C(6364136223846793005) + 1;
		source = (uint32_t)((se->se_seed >> 33) % sources);
		n = TABLE_PROGRAM_HEAD + length_of(source);
		table_program_packet(data, n, source);
		if (!table_program_run(&program, data, n, 1))
			errx(1, "the kernel refuses a packet");
		se->se_sent[source]++;
	}
	atomic_fetch_sub(&running, 1);
	return NULL;
}

/* Returns the source of a key. */
static size_t
source_of(const struct key *key)
{
	uint32_t address;

	memcpy(&address, key->k_bytes + KEY_FIRST, sizeof(address));
	address = ntohl(address) - 0x0a000000;
	if (key->k_bytes[0] != 4 || address >= sources)
		errx(1, "a key of no source");
	return address;
}

/* Notes the keys that a place has had. */
static void
look_at_places(void)
{
	struct key_entry entry;
	uint32_t seen;
	size_t i;

	for (i = 0; i < rule.sk_keys; i++) {
		if (!source_keys_entry(table, i, &entry))
			continue;
		seen = (uint32_t)source_of(&entry.ke_key) + 1;
		changes += places[i] != 0 && places[i] != seen;
		places[i] = seen;
	}
}

/* Takes an event; any number of packets of the source may come meanwhile. */
static void
take(const struct key_event *event)
{
	const size_t source = source_of(&event->kv_key);

	if (event->kv_bytes % length_of(source) != 0)
		errx(1, "source %zu: %llu bytes at an event", source,
		    (unsigned long long)event->kv_bytes);
	events[source] += (uint32_t)event->kv_events;
	taken += event->kv_events;
}

/* Returns the events that the table has counted. */
static uint64_t
sample(uint64_t now)
{
	struct source_count count = { 0 };

	if (source_sample(table, now, &count) == -1)
		err(1, "sample");
	return count.sc_packets;
}

/*
 * The watcher's part: samples the table, and takes all events.  A processor may
 * stand between a packet's event and the count of events.
 */
static void
watch(void)
{
	const uint64_t now = table_program_now();
	struct key_event event;

	(void)sample(now);
	while (source_keys_event(table, now, &event))
		take(&event);
	if (taken > sample(now) + THREADS)
		errx(1, "more events than the count says");
}

/* Returns the mean time of a packet, ns. */
static double
flood(void)
{
	const uint64_t before = clock_now(), first = table_program_now();
	size_t i;

	atomic_store(&running, 2 * THREADS);
	for (i = 0; i < THREADS; i++) {
		senders[i].se_cpu = (int)i;
		senders[i].se_seed = i + 1;
		errno = pthread_create(
		    &senders[i].se_thread, NULL, send_packets, &senders[i]);
		if (errno != 0)
			err(1, "thread");
	}
	while (atomic_load(&running) > 0) {
		watch();
		look_at_places();
		usleep(1000);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(senders[i].se_thread, NULL);
	took = table_program_now() - first;
	return (double)(clock_now() - before) * THREADS / (double)packets;
}

static size_t
sent(size_t source)
{
	return senders[0].se_sent[source] + senders[1].se_sent[source];
}

/*
 * Checks that all bytes of a key are of its packets.  After a silence a key
 * begins with 0 packets and then 0 bytes, and packets on other processors may
 * count between.
 */
static void
check_bytes(const struct key_entry *entry)
{
	const size_t source = source_of(&entry->ke_key);
	const uint64_t n = entry->ke_bytes / length_of(source);
	uint64_t most = 0;

	if (rule.sk_kind != CONDITION_EVERY && rule.sk_kind != CONDITION_IDLE)
		most = THREADS - 1;
	if (entry->ke_bytes % length_of(source) != 0 ||
	    n > entry->ke_packets + most || entry->ke_packets > n + most)
		errx(1, "source %zu: %llu bytes of %llu packets", source,
		    (unsigned long long)entry->ke_bytes,
		    (unsigned long long)entry->ke_packets);
}

/*
 * Checks that a key of a below has an event if so many packets came; all came
 * within the time.
 */
static void
check_below(size_t source)
{
	const uint64_t n = rule.sk_count;
	const uint64_t late = 2 * (key_table_step(n) - 1);

	if (took < rule.sk_time &&
	    (events[source] > (sent(source) >= n) ||
		(events[source] == 0 && sent(source) >= n + late)))
		errx(1, "source %zu: %u events of %zu packets", source,
		    events[source], sent(source));
}

/*
 * Checks a key: no packet of another, and one event for so many of its own,
 * where the key has been there all the time.
 */
static void
check_key(const struct key_entry *entry, bool all)
{
	const size_t source = source_of(&entry->ke_key);
	uint64_t whole = rule.sk_count;

	if (entry->ke_packets > sent(source) ||
	    (all && entry->ke_packets != sent(source)))
		errx(1, "source %zu: %llu packets of %zu", source,
		    (unsigned long long)entry->ke_packets, sent(source));
	check_bytes(entry);
	if (rule.sk_kind == CONDITION_RATE)
		whole = key_table_back(whole) * key_table_step(whole) + 1;
	if ((rule.sk_kind == CONDITION_EVERY ||
		(rule.sk_kind == CONDITION_RATE && all)) &&
	    events[source] != entry->ke_packets / whole)
		errx(1, "source %zu: %u events of %llu packets", source,
		    events[source], (unsigned long long)entry->ke_packets);
	if (rule.sk_kind == CONDITION_BELOW && all)
		check_below(source);
}

static void
check(double ns)
{
	struct key_table_sums sums;
	struct key_entry entry;
	uint64_t live = 0;
	size_t i, keys = 0, known;

	known = source_keys_sums(table, &sums);
	for (i = 0; i < rule.sk_keys; i++) {
		if (!source_keys_entry(table, i, &entry))
			continue;
		keys++;
		live += entry.ke_packets;
		check_key(&entry, sums.ks_forgotten + sums.ks_refused == 0);
	}
	printf("%zu keys, %llu packets, %llu forgotten, %llu refused, %llu "
	       "events, %llu changes, %.0f ns\n",
	    keys, (unsigned long long)live,
	    (unsigned long long)sums.ks_forgotten,
	    (unsigned long long)sums.ks_refused, (unsigned long long)taken,
	    (unsigned long long)changes, ns);
	if (keys != known)
		errx(1, "%zu keys, says the table", known);
	if (sums.ks_cut + sums.ks_keyless != 0 ||
	    live + sums.ks_forgotten + sums.ks_refused !=
		packets / THREADS * THREADS)
		errx(1, "the sum is not that of the packets");
}

int
main(int argc, char **argv)
{
	double ns;

	if (argc > 2 && strcmp(argv[1], "-s") == 0) {
		table_program_speed((unsigned int)number(argv[2], 1000000));
		argv += 2;
		argc -= 2;
	}
	if (argc != 7)
		errx(2,
		    "usage: flood_keys [-s speed] condition count time keys "
		    "sources packets");
	parse(argv);
	begin();
	ns = flood();
	watch();
	while (table->s_at != CLOCK_NEVER) {
		usleep(10000);
		watch();
	}
	watch();
	if (sample(table_program_now()) != taken)
		errx(1, "%llu events were taken, not all",
		    (unsigned long long)taken);
	check(ns);
	return 0;
}
