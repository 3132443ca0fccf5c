/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * check_rates packets count ...: for each count, sends packets of a key through
 * a table in the kernel with a rate of this count, slower and faster by turns,
 * and compares each event with a model that has the times of all packets, as
 * the kernel saw them or, above 33, between two of the clock:
 *
 *   never early   the last `count` packets since the last event are within T
 *   never missed  where so many are within T, there is the event; with a count
 *                 above 33, where count / 16 more are
 *
 * Prints the events, and what an exact rate would have had.
 */
#include <err.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/key_table.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "table_program.h"

/* Mean time between packets at which a rate is just reached, ns. */
#define STEP 20000

/* Packets of the same mean time. */
#define PHASE 1500

static struct table_program program;
static struct span {
	uint64_t sp_from; /* time of the packet, not before */
	uint64_t sp_to;	  /* and not after */
} * times;
static unsigned long packets;
static uint64_t seed = 15;

static uint64_t
draw(uint64_t limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (seed >> 33) % limit;
}

/* Waits for a random time, with a mean that depends on the packet's number. */
static void
wait_for(unsigned long i, uint64_t *next)
{
	static const unsigned int percents[] = { 40, 90, 97, 100, 103, 110,
		200 };
	const uint64_t mean = STEP * percents[i / PHASE % 7] / 100;

	if (draw(3000) == 0)
		*next += STEP * 1000;
	*next += draw(2 * mean);
	while (clock_now() < *next)
		;
	/* After a long time without the processor, the packets go on. */
	if (clock_now() > *next + 100 * STEP)
		*next = clock_now();
}

/* Takes the events of the key. */
static uint64_t
take_events(void)
{
	struct key_event event;
	uint64_t sum = 0;

	while (source_keys_event(program.tp_table, clock_now(), &event))
		sum += event.kv_events;
	return sum;
}

/* Return true if so many packets up to i, after `last`, may be within T. */
static bool
may_reach(unsigned long last, unsigned long i, uint64_t count, uint64_t time)
{
	return i - last >= count &&
	    times[i].sp_from <= times[i - count + 1].sp_to + time;
}

/* The same if they must be. */
static bool
reached(unsigned long last, unsigned long i, uint64_t count, uint64_t time)
{
	return i - last >= count &&
	    times[i].sp_to - times[i - count + 1].sp_from <= time;
}

/* Checks the answer about packet i, the first is 1. */
static void
check_packet(const struct source_keys *sk, unsigned long last, unsigned long i,
    uint64_t events)
{
	const uint64_t n = sk->sk_count;
	const uint64_t most = n <= KEY_TABLE_MARKS + 1 ? n : n + n / 16;

	if (events > 1)
		errx(1, "count %llu: %llu events at packet %lu",
		    (unsigned long long)n, (unsigned long long)events, i);
	if (events == 1 && !may_reach(last, i, n, sk->sk_time))
		errx(1, "count %llu: early at packet %lu",
		    (unsigned long long)n, i);
	if (events == 0 && reached(last, i, most, sk->sk_time))
		errx(1, "count %llu: none at packet %lu", (unsigned long long)n,
		    i);
}

static void
send_packet(unsigned long i, uint64_t count)
{
	struct key_entry entry;
	uint8_t data[TABLE_PROGRAM_LEAST];

	table_program_packet(data, sizeof(data), 1);
	times[i].sp_from = clock_now();
	if (!table_program_run(&program, data, sizeof(data), 1))
		errx(1, "the kernel refuses the packet");
	times[i].sp_to = clock_now();
	if (!source_keys_entry(program.tp_table, 0, &entry))
		errx(1, "the table has no key");
	if (key_table_step(count) == 1)
		times[i].sp_from = times[i].sp_to = entry.ke_last;
}

static void
check_rate(uint64_t count)
{
	const struct source_keys sk = { .sk_spec = { 1,
					    { { KEY_SOURCE, 32, 128 } } },
		.sk_keys = 1,
		.sk_kind = CONDITION_RATE,
		.sk_count = count,
		.sk_time = count * STEP };
	unsigned long last = 0, exact = 0, events = 0, ideal = 0, i;
	uint64_t next, n;

	table_program_open(&program, &sk, DLT_EN10MB);
	next = clock_now();
	for (i = 1; i <= packets; i++) {
		wait_for(i, &next);
		send_packet(i, count);
		n = take_events();
		check_packet(&sk, last, i, n);
		events += n;
		if (n > 0)
			last = i;
		if (reached(exact, i, count, sk.sk_time)) {
			exact = i;
			ideal++;
		}
	}
	printf("count %llu: %lu packets, %lu events, %lu exact\n",
	    (unsigned long long)count, packets, events, ideal);
	table_program_close(&program);
}

int
main(int argc, char **argv)
{
	int i;

	if (argc < 3)
		errx(2, "usage: check_rates packets count ...");
	packets = strtoul(argv[1], NULL, 10);
	if ((times = calloc(packets + 1, sizeof(*times))) == NULL)
		err(1, "memory");
	for (i = 2; i < argc; i++)
		check_rate(strtoul(argv[i], NULL, 10));
	return 0;
}
