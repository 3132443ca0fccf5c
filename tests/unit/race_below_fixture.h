/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Checks a below of the kernel's table with several processors, by the times of
 * all packets.  A packet comes at any moment from its first instruction to the
 * one that counts it.  Include keyed_fixture.h first.
 */
#ifndef RACE_BELOW_FIXTURE_H
#define RACE_BELOW_FIXTURE_H

#define BELOW_UNITS 12000

/* A packet or byte, in the order in which they took effect. */
struct below_unit {
	uint64_t bu_first; /* time of the first instruction */
	uint64_t bu_last;  /* of the one that counts */
};

struct below_slot {
	size_t bs_n;
	size_t bs_ended; /* bs_n when the key was disarmed */
	uint64_t bs_at;	 /* time at which this was done */
	bool bs_armed;
	struct below_unit bs_units[BELOW_UNITS];
};

static struct below_slot below_slots[MACHINE_CPUS];
/* What a processor has loaded last from kd_last. */
static uint64_t below_last[MACHINE_CPUS];
static uint64_t below_events;

static void
below_begin(void)
{
	struct below_slot *bs = below_slots;

	for (; bs < below_slots + MACHINE_CPUS; bs++)
		bs->bs_n = bs->bs_ended = bs->bs_at = bs->bs_armed = 0;
}

/*
 * A processor has written to kd_rate: has added what its packet counts, or 0,
 * or begun afresh with a number in r2.
 */
static void
below_count(
    const struct machine_cpu *mc, size_t slot, uint64_t first, uint64_t units)
{
	struct below_slot *bs = &below_slots[slot];
	const struct bpf_insn *in = &kw.kw_machine.m_code[mc->mc_pc - 1];
	uint64_t count;

	memcpy(&count, mc->mc_wrote, sizeof(count));
	if (in->imm == BPF_CMPXCHG && in->src_reg == BPF_REG_2)
		return;
	if (in->imm != BPF_CMPXCHG && mc->mc_regs[in->src_reg] == count)
		return;
	for (; units > 0; units--) {
		assert_true(bs->bs_n < BELOW_UNITS);
		bs->bs_units[bs->bs_n].bu_first = first;
		bs->bs_units[bs->bs_n++].bu_last = kw.kw_machine.m_now;
	}
}

/* A processor has written the word of a slot. */
static void
below_word(
    const struct source_keys *sk, unsigned int cpu, size_t slot, uint64_t word)
{
	struct below_slot *bs = &below_slots[slot];
	uint64_t from = 0;
	size_t i;

	if ((word & KEYED_BUSY) != 0) {
		assert_false(bs->bs_armed);
		bs->bs_n = bs->bs_ended = bs->bs_at = 0;
	}
	if (bs->bs_armed || (word & KEYED_ARMED) == 0)
		return;
	bs->bs_armed = true;
	assert_true(bs->bs_n >= sk->sk_count);
	for (i = 0; i <= bs->bs_n - sk->sk_count; i++)
		if (bs->bs_units[i].bu_last > from)
			from = bs->bs_units[i].bu_last;
	assert_true((int64_t)(below_last[cpu] - from) < (int64_t)sk->sk_time);
}

/* The watcher has looked: who is disarmed had fewer in the time before. */
static void
below_looked(const struct source_keys *sk)
{
	const struct keyed_slot *kd;
	struct below_slot *bs;
	size_t i, n;

	for (i = 0; i < sk->sk_keys; i++) {
		bs = &below_slots[i];
		kd = keyed_memory_slot(&kw.kw_memory, i);
		if (!bs->bs_armed ||
		    (atomic_load(&kd->kd_word) & KEYED_ARMED) != 0)
			continue;
		bs->bs_armed = false;
		bs->bs_ended = bs->bs_n;
		bs->bs_at = kw.kw_machine.m_now;
		below_events++;
		if (atomic_load(&kd->kd_due) != 1)
			continue;
		assert_true(atomic_load(&kd->kd_at) <= kw.kw_machine.m_now);
		for (n = 0; n < bs->bs_n; n++)
			if ((int64_t)(bs->bs_units[bs->bs_n - 1 - n].bu_first -
				atomic_load(&kd->kd_at)) <=
			    -(int64_t)sk->sk_time)
				break;
		assert_true(n < sk->sk_count);
	}
}

/*
 * No packet is on the way: keys with so many within the time are armed.  A
 * packet that has read the clock before the key was disarmed, but takes effect
 * behind that, counts from there.
 */
static void
below_rest(const struct source_keys *sk)
{
	const size_t n = (size_t)sk->sk_count +
	    2 * (size_t)(key_table_step(sk->sk_count) - 1);
	const struct below_slot *bs;
	const struct keyed_slot *kd;
	uint64_t first, end;
	size_t i, k;

	for (i = 0; i < sk->sk_keys; i++) {
		bs = &below_slots[i];
		kd = keyed_memory_slot(&kw.kw_memory, i);
		if (bs->bs_armed || bs->bs_n == bs->bs_ended || bs->bs_n < n)
			continue;
		first = UINT64_MAX;
		for (k = bs->bs_n - n; k < bs->bs_n; k++)
			if (bs->bs_units[k].bu_first < first)
				first = bs->bs_units[k].bu_first;
		end = atomic_load(&kd->kd_last);
		if (end < bs->bs_at)
			end = bs->bs_at;
		assert_true(end - first >= sk->sk_time);
	}
}

#endif
