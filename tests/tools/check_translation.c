/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * check_translation sender receiver programs frames: generates random classic
 * programs.  A program that the kernel accepts must be translated and loaded,
 * and must agree with its translation on each of `frames` frames; a program
 * that the kernel rejects must be rejected.  Prints differences and totals.
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
#include "program.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

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

/* Compares each bit of a load's result. */
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

	for (i = 0; i < PROGRAM_ANCILLARIES; i++)
		probe(j, BPF_LD | BPF_B | BPF_ABS,
		    (uint32_t)(SKF_AD_OFF + program_ancillaries[i]), t);
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
		errx(2,
		    "usage: check_translation sender receiver programs frames");
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
