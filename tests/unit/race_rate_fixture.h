/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Checks a rate of the kernel's table with several processors: no event has
 * fewer counts than the rate.  Include keyed_fixture.h first.
 */
#ifndef RACE_RATE_FIXTURE_H
#define RACE_RATE_FIXTURE_H

#define RATE_UNITS 12000
#define RATE_SLOTS 24

/* Counts of a rate in a slot, in the order in which they took effect. */
struct rate_units {
	size_t ru_n;
	uint64_t ru_times[RATE_UNITS];
};

static struct rate_units rate_units[RATE_SLOTS];
static uint64_t rate_events, rate_short, rate_marks;

/* Returns the bits of the packets in front of a mark, in kd_rate. */
static unsigned int
rate_front_bits(const struct source_keys *sk)
{
	uint64_t step = key_table_step(sk->sk_count) - 1;
	unsigned int n = 0;

	for (; step != 0; step >>= 1)
		n++;
	return n;
}

/* Returns the bits of the number of a mark, which is below twice the ring. */
static unsigned int
rate_mark_bits(const struct source_keys *sk)
{
	size_t ring = keyed_memory_ring(sk);
	unsigned int n = 1;

	for (; ring > 1; ring /= 2)
		n++;
	return n;
}

/* No mark of a rate is younger than the time of the slot's last packet. */
static void
rate_mark(const struct source_keys *sk, const struct machine_cpu *mc)
{
	const struct keyed_memory *km = &kw.kw_memory;
	const uint8_t *first =
	    (const uint8_t *)&km->km_words[keyed_memory_marks_at(sk)];
	const size_t size = keyed_memory_ring(sk) * sizeof(uint64_t);
	const struct keyed_slot *kd;
	uint64_t mark;

	if (mc->mc_wrote < first || mc->mc_wrote >= first + size * km->km_keys)
		return;
	memcpy(&mark, mc->mc_wrote, sizeof(mark));
	kd = keyed_memory_slot(km, (size_t)(mc->mc_wrote - first) / size);
	assert_true(mark <= atomic_load(&kd->kd_last));
	rate_marks++;
}

/*
 * A rate has counted: the slot's state was exchanged, in front of a mark, at an
 * event, or at a mark.
 */
static void
rate_count(const struct source_keys *sk, const struct machine_cpu *mc,
    size_t slot, uint64_t now)
{
	const struct bpf_insn *next = &kw.kw_machine.m_code[mc->mc_pc];
	const uint64_t left = mc->mc_regs[8];
	const unsigned int bits = rate_front_bits(sk);
	const uint64_t front = mc->mc_regs[9] & ((UINT64_C(1) << bits) - 1);
	struct rate_units *u = &rate_units[slot];
	uint64_t n = left > front ? front + 1 : left, i, state;

	memcpy(&state, mc->mc_wrote, sizeof(state));
	if (mc->mc_depth == 0) {
		if (next->code != (BPF_JMP | BPF_JNE | BPF_X))
			return;		    /* begins afresh after a silence */
		n = mc->mc_regs[0] - state; /* the short way */
		rate_short++;
	}
	assert_int_equal(next->code, BPF_JMP | BPF_JNE | BPF_X);
	for (i = 0; i < n; i++) {
		assert_true(u->ru_n < RATE_UNITS);
		u->ru_times[u->ru_n++] = kw.kw_machine.m_now;
	}
	/* A fresh start: the last sk_count are not older than sk_time. */
	if (mc->mc_depth == 0)
		return;
	if (state << (64 - bits - rate_mark_bits(sk)) != 0)
		return;
	assert_true(u->ru_n >= sk->sk_count);
	i = u->ru_times[u->ru_n - sk->sk_count];
	assert_true((int64_t)(now - i) <= (int64_t)sk->sk_time);
	rate_events++;
	u->ru_n = 0;
}

#endif
