/*
 * translate sender receiver programs frames: classic programs by chance.  What
 * the kernel accepts has to be translated, loaded and judge frames alike; what
 * it refuses has to be refused.  Prints what differs, and figures.
 */
#include <sys/socket.h>

#include <linux/bpf_common.h>
#include <linux/filter.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

static const uint16_t codes[] = { BPF_LD | BPF_W | BPF_ABS,
	BPF_LD | BPF_H | BPF_ABS, BPF_LD | BPF_B | BPF_ABS,
	BPF_LD | BPF_W | BPF_IND, BPF_LD | BPF_H | BPF_IND,
	BPF_LD | BPF_B | BPF_IND, BPF_LD | BPF_W | BPF_ABS,
	BPF_LD | BPF_H | BPF_ABS, BPF_LD | BPF_B | BPF_ABS, BPF_LD | BPF_IMM,
	BPF_LD | BPF_MEM, BPF_LD | BPF_W | BPF_LEN, BPF_LDX | BPF_IMM,
	BPF_LDX | BPF_MEM, BPF_LDX | BPF_W | BPF_LEN, BPF_LDX | BPF_B | BPF_MSH,
	BPF_ST, BPF_STX, BPF_ST, BPF_STX, BPF_ALU | BPF_ADD | BPF_K,
	BPF_ALU | BPF_ADD | BPF_X, BPF_ALU | BPF_SUB | BPF_K,
	BPF_ALU | BPF_SUB | BPF_X, BPF_ALU | BPF_MUL | BPF_K,
	BPF_ALU | BPF_MUL | BPF_X, BPF_ALU | BPF_DIV | BPF_K,
	BPF_ALU | BPF_DIV | BPF_X, BPF_ALU | BPF_MOD | BPF_K,
	BPF_ALU | BPF_MOD | BPF_X, BPF_ALU | BPF_AND | BPF_K,
	BPF_ALU | BPF_AND | BPF_X, BPF_ALU | BPF_OR | BPF_K,
	BPF_ALU | BPF_OR | BPF_X, BPF_ALU | BPF_XOR | BPF_K,
	BPF_ALU | BPF_XOR | BPF_X, BPF_ALU | BPF_LSH | BPF_K,
	BPF_ALU | BPF_LSH | BPF_X, BPF_ALU | BPF_RSH | BPF_K,
	BPF_ALU | BPF_RSH | BPF_X, BPF_ALU | BPF_NEG, BPF_MISC | BPF_TAX,
	BPF_MISC | BPF_TXA, BPF_JMP | BPF_JA, BPF_JMP | BPF_JEQ | BPF_K,
	BPF_JMP | BPF_JEQ | BPF_X, BPF_JMP | BPF_JGT | BPF_K,
	BPF_JMP | BPF_JGT | BPF_X, BPF_JMP | BPF_JGE | BPF_K,
	BPF_JMP | BPF_JGE | BPF_X, BPF_JMP | BPF_JSET | BPF_K,
	BPF_JMP | BPF_JSET | BPF_X, BPF_RET | BPF_K, BPF_RET | BPF_A };

/* Of the ancillary loads, those that give the same twice and are there. */
static const int ancillaries[] = { SKF_AD_PROTOCOL, SKF_AD_PKTTYPE,
	SKF_AD_IFINDEX, SKF_AD_MARK, SKF_AD_QUEUE, SKF_AD_RXHASH, SKF_AD_CPU,
	SKF_AD_ALU_XOR_X, SKF_AD_VLAN_TAG, SKF_AD_VLAN_TAG_PRESENT,
	SKF_AD_VLAN_TPID };

#define LENGTH(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))

static uint32_t
wide(void)
{
	return chance(65536) << 16 | chance(65536);
}

/* A number as programs have them. */
static uint32_t
constant(void)
{
	switch (chance(8)) {
	case 0:
		return wide();
	case 1:
		return 0U - chance(40);
	case 2:
		return 0x7ffffff0U + chance(32);
	case 3:
		return chance(65536);
	case 4:
		return chance(2) == 0 ? 0x0800 : 0x86dd;
	default:
		return chance(64);
	}
}

static uint32_t
offset(int absolute)
{
	switch (chance(12)) {
	case 0:
		return (uint32_t)SKF_NET_OFF + chance(40);
	case 1:
		return (uint32_t)SKF_LL_OFF + chance(40);
	case 2:
		return constant();
	case 3:
	case 4:
		if (absolute)
			return (uint32_t)(SKF_AD_OFF +
			    ancillaries[chance(LENGTH(ancillaries))]);
		return 0U - chance(64);
	default:
		return chance(80);
	}
}

static void
instruction(struct sock_filter *f, size_t left)
{
	uint32_t far = left > 255 ? 255 : (uint32_t)left;

	memset(f, 0, sizeof(*f));
	f->code = codes[chance(LENGTH(codes))];
	/* Few end at once. */
	if (BPF_CLASS(f->code) == BPF_RET && chance(3) != 0)
		f->code = codes[chance(LENGTH(codes))];
	f->k = constant();
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_LDX:
		if (BPF_MODE(f->code) == BPF_MEM)
			f->k = chance(BPF_MEMWORDS);
		else if (BPF_MODE(f->code) != BPF_IMM)
			f->k = offset(BPF_MODE(f->code) == BPF_ABS);
		break;
	case BPF_ST:
	case BPF_STX:
		f->k = chance(BPF_MEMWORDS);
		break;
	case BPF_ALU:
		if (BPF_OP(f->code) == BPF_LSH || BPF_OP(f->code) == BPF_RSH)
			f->k = chance(32);
		if (BPF_OP(f->code) == BPF_DIV || BPF_OP(f->code) == BPF_MOD)
			f->k |= f->k == 0;
		break;
	case BPF_JMP:
		if (f->code == (BPF_JMP | BPF_JA))
			f->k = chance(
			    chance(20) != 0 && far > 8 ? 8 : (uint32_t)left);
		f->jt = (unsigned char)(chance(2) * chance(far));
		f->jf = (unsigned char)(chance(2) * chance(far));
		break;
	case BPF_RET:
		f->k = chance(3) * 100;
		break;
	}
}

static size_t
program(struct sock_filter *f)
{
	size_t words = chance(2) == 0 ? BPF_MEMWORDS : 0;
	size_t i, n = 2 + chance(chance(4) == 0 ? 200 : 24);

	if (chance(100) == 0)
		n = BPF_MAXINSNS - chance(3);
	if (n > 100)
		words = BPF_MEMWORDS;
	/* Something to compute with. */
	for (i = 0; i < words && i + 2 < n; i++)
		f[i] = (struct sock_filter)BPF_STMT(
		    chance(2) == 0 ? BPF_ST : BPF_STX, (uint32_t)i);
	for (; i < n - 1; i++)
		instruction(&f[i], n - 1 - i);
	f[n - 1] = (struct sock_filter)BPF_STMT(
	    chance(2) == 0 ? BPF_RET | BPF_A : BPF_RET | BPF_K, chance(2));
	/* One thing wrong, in some. */
	if (chance(8) == 0)
		f[chance((uint32_t)n)].code = (uint16_t)chance(300);
	if (chance(16) == 0)
		f[chance((uint32_t)n)].k = wide();
	return n;
}

static void
show(const struct sock_filter *f, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		printf("{ 0x%02x, %u, %u, 0x%08x },\n", f[i].code, f[i].jt,
		    f[i].jf, f[i].k);
}

struct totals {
	long t_refused;
	long t_verdicts;
	long t_accepted;
	long t_differences;
};

static void
compare(struct judge *j, const struct sock_filter *f, size_t n, long frames,
    struct totals *t)
{
	static struct verdict v;
	unsigned char data[2048];
	const char *strange;
	int refused;

	strange = judge_by(j, f, n, &refused);
	t->t_refused += refused;
	if (strange != NULL) {
		t->t_differences++;
		printf("%s\n", strange);
		show(f, n);
	}
	while (strange == NULL && !refused && frames-- > 0) {
		if (judge_frame(j, data, frame(data), &v) == -1)
			continue;
		t->t_verdicts++;
		t->t_accepted += v.v_classic != 0;
		if (v.v_classic == v.v_extended)
			continue;
		t->t_differences++;
		printf("classic %u, extended %u\n", v.v_classic, v.v_extended);
		show(f, n);
		return;
	}
}

/* Every bit of what a load gives. */
static void
probe(struct judge *j, uint16_t code, uint32_t k, struct totals *t)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LDX | BPF_IMM, 3),
		BPF_STMT(code, k),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		f[2].k = 1U << bit;
		compare(j, f, LENGTH(f), 10, t);
	}
}

static void
probe_all(struct judge *j, struct totals *t)
{
	static const uint16_t loads[] = { BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_H | BPF_ABS, BPF_LD | BPF_B | BPF_ABS,
		BPF_LD | BPF_W | BPF_IND, BPF_LD | BPF_H | BPF_IND,
		BPF_LD | BPF_B | BPF_IND };
	size_t i;

	for (i = 0; i < LENGTH(ancillaries); i++)
		probe(j, BPF_LD | BPF_B | BPF_ABS,
		    (uint32_t)(SKF_AD_OFF + ancillaries[i]), t);
	for (i = 0; i < LENGTH(loads); i++) {
		probe(j, loads[i], 20, t);
		probe(j, loads[i], 0U - 1, t);
		probe(j, loads[i], (uint32_t)SKF_NET_OFF + 8, t);
		probe(j, loads[i], (uint32_t)SKF_LL_OFF + 5, t);
	}
	probe(j, BPF_LD | BPF_W | BPF_LEN, 0, t);
}

int
main(int argc, char **argv)
{
	static struct sock_filter f[BPF_MAXINSNS];
	struct totals t = { 0, 0, 0, 0 };
	struct judge j;
	long i, programs, frames;

	if (argc != 5)
		errx(2, "usage: translate sender receiver programs frames");
	programs = strtol(argv[3], NULL, 10);
	frames = strtol(argv[4], NULL, 10);
	chance_seed(20240229);
	judge_open(&j, SOCK_RAW, argv[1], argv[2]);
	probe_all(&j, &t);
	for (i = 0; i < programs; i++)
		compare(&j, f, program(f), frames, &t);
	judge_close(&j);
	printf("%ld programs, %ld refused, %ld verdicts, %ld accepted, "
	       "%ld differences\n",
	    programs, t.t_refused, t.t_verdicts, t.t_accepted, t.t_differences);
	return t.t_differences != 0;
}
