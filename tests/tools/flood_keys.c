/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * flood_keys condition count time keys sources packets: counts packets by their
 * source address in a table of the kernel, on two processors at a time, and
 * checks the sums, the count of each key, and its events.
 *
 * condition: every, rate, idle or after; time in ms.  The packets are those of
 * a program run without a network, each with one of the sources by chance.
 */
#include <arpa/inet.h>
#include <sys/resource.h>

#include <linux/bpf.h>

#include <bpf/bpf.h>
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
#include "source/linux/ebpf.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_program.h"
#include "source/linux/keyed_source.h"
#include "source/linux/slots.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "source/source_shared.h"

#define THREADS 2

/* An Ethernet header, which the kernel takes away, and a packet of the link. */
#define HEADER 14
#define LENGTH 60

struct sender {
	pthread_t se_thread;
	int se_cpu;
	uint64_t se_seed;
	uint32_t *se_sent; /* packets of each source */
};

static struct source_keys rule = { .sk_spec = {
				       1, { { KEY_SOURCE, 32, 128 } } } };
static struct source_shared shared = SOURCE_SHARED_NONE;
static struct source *table;
static size_t sources, packets;
static uint32_t *events; /* of each source */
static uint64_t taken;
static int program;
static struct sender senders[THREADS];
static _Atomic unsigned int running;

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

/* Loads a program that counts each packet in a slot and in the table. */
static void
load(void)
{
	struct ebpf_code *c = ebpf_insn_begin();
	struct ebpf_keyed **list = keyed_source_code(&table, 1);
	struct ebpf_counted ec = { .ec_slots = shared.ss_slots,
		.ec_unit = slots_take(shared.ss_slots, false),
		.ec_tables = (const struct ebpf_keyed *const *)list,
		.ec_ntables = 1 };

	if (list == NULL || ec.ec_unit == 0 ||
	    ebpf_program(c, &ec, 1, DLT_EN10MB, DIRECTION_IN, -1, -1) == -1 ||
	    (program = ebpf_open(c)) == -1)
		err(1, "program");
	free((void *)list);
}

static void
begin(void)
{
	uint64_t before = clock_now();
	char problem[SOURCE_TEXT];
	size_t i;

	shared.ss_sources = 2;
	table = source_keys_open(&rule, &shared, problem, sizeof(problem));
	if (table == NULL)
		errx(1, "%s", problem);
	printf("# opened in %.1f ms\n", (double)(clock_now() - before) / 1e6);
	load();
	events = calloc(sources, sizeof(*events));
	for (i = 0; i < THREADS; i++)
		senders[i].se_sent = calloc(sources, sizeof(uint32_t));
	if (events == NULL || senders[THREADS - 1].se_sent == NULL)
		err(1, "memory");
}

/* Fills in an IPv4 packet from a source behind the two headers. */
static void
make_packet(uint8_t *data)
{
	static const uint8_t ip[] = { 0x45, 0, 0, LENGTH - HEADER, 0, 0, 0, 0,
		64, 17, 0, 0, 10, 0, 0, 0, 192, 0, 2, 1 };

	memset(data, 0, HEADER + LENGTH);
	data[12] = data[HEADER + 12] = 0x08;
	memcpy(data + HEADER + HEADER, ip, sizeof(ip));
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
	uint8_t data[HEADER + LENGTH];
	struct bpf_test_run_opts opts = { .sz = sizeof(opts),
		.data_in = data,
		.data_size_in = sizeof(data) };
	struct sender *se = arg;
	uint32_t source, address;
	size_t i;

	pin(se->se_cpu);
	make_packet(data);
	atomic_fetch_sub(&running, 1);
	while (atomic_load(&running) > THREADS)
		;
	for (i = 0; i < packets / THREADS; i++) {
		se->se_seed = se->se_seed * UINT64_C(6364136223846793005) + 1;
		source = (uint32_t)((se->se_seed >> 33) % sources);
		address = htonl(0x0a000000 | source);
		memcpy(data + HEADER + HEADER + 12, &address, sizeof(address));
		if (bpf_prog_test_run_opts(program, &opts) != 0)
			err(1, "run");
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

/* The watcher's part: samples the table, and takes all events. */
static void
watch(void)
{
	const uint64_t now = clock_now();
	struct source_count count = { 0 };
	struct key_event event;

	if (source_sample(table, now, &count) == -1)
		err(1, "sample");
	while (source_keys_event(table, now, &event)) {
		events[source_of(&event.kv_key)] += (uint32_t)event.kv_events;
		taken += event.kv_events;
	}
	if (taken > count.sc_packets) {
		source_sample(table, now, &count);
		if (taken > count.sc_packets)
			errx(1, "more events than the count says");
	}
}

/* Returns the mean time of a packet, ns. */
static double
flood(void)
{
	const uint64_t before = clock_now();
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
		usleep(1000);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(senders[i].se_thread, NULL);
	return (double)(clock_now() - before) * THREADS / (double)packets;
}

static size_t
sent(size_t source)
{
	return senders[0].se_sent[source] + senders[1].se_sent[source];
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
	if (rule.sk_kind == CONDITION_RATE)
		whole = key_table_back(whole) * key_table_step(whole) + 1;
	if ((rule.sk_kind == CONDITION_EVERY ||
		(rule.sk_kind == CONDITION_RATE && all)) &&
	    events[source] != entry->ke_packets / whole)
		errx(1, "source %zu: %u events of %llu packets", source,
		    events[source], (unsigned long long)entry->ke_packets);
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
	       "events, %.0f ns\n",
	    keys, (unsigned long long)live,
	    (unsigned long long)sums.ks_forgotten,
	    (unsigned long long)sums.ks_refused, (unsigned long long)taken, ns);
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

	if (argc != 7)
		errx(2,
		    "usage: flood_keys condition count time keys sources "
		    "packets");
	parse(argv);
	begin();
	ns = flood();
	watch();
	while (rule.sk_kind == CONDITION_IDLE && table->s_at != CLOCK_NEVER) {
		usleep(10000);
		watch();
	}
	check(ns);
	return 0;
}
