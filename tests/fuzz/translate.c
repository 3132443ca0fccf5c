/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Fuzzes the translation of classic programs into extended ones.  A program
 * that the kernel accepts must be translated and loaded, and must agree with
 * its translation on a frame; a program that the kernel rejects must be
 * rejected.  The number of translations that are too complex to load is printed
 * at the end: the daemon attaches these programs untranslated.  Needs root and
 * the pair of interfaces v0 and v1.
 */
#include <sys/socket.h>

#include <linux/bpf_common.h>
#include <linux/filter.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../tools/judge.h"
#include "classic_input.h"
#include "fuzz.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_translate.h"
#include "source/linux/ebpf_window.h"

/* Smallest frame that a packet socket sends: an Ethernet header. */
#define FRAME_MIN 14

/*
 * The kernel's own translation makes up to 19 instructions of one, and the
 * kernel rejects jumps beyond 32767 instructions.
 */
#define KERNEL_LEN 1700

#define CODES 256

/* Coverage for libFuzzer: pairs of successive codes in accepted programs. */
__attribute__((
    section("__libfuzzer_extra_counters"))) static uint8_t pairs[CODES * CODES];

/* Prints a failing program and aborts. */
static void
fail(const char *what, const struct classic_input *ci)
{
	const struct sock_filter *f = ci->ci_insns;
	size_t i;

	fprintf(stderr, "%s: %u repeats of all but the last of\n", what,
	    ci->ci_repeats);
	for (i = 0; i < ci->ci_n; i++)
		fprintf(stderr, "{ 0x%02x, %u, %u, 0x%08x },\n", f[i].code,
		    f[i].jt, f[i].jf, f[i].k);
	abort();
}

static bool
loads(const struct sock_filter *f, int what)
{
	return BPF_CLASS(f->code) == BPF_LD && BPF_MODE(f->code) == BPF_ABS &&
	    f->k == (uint32_t)(SKF_AD_OFF + what);
}

/* Returns true if the program loads metadata that extended programs lack. */
static bool
unknowable(const struct sock_filter *f, size_t n)
{
	static const int whats[] = { SKF_AD_NLATTR, SKF_AD_NLATTR_NEST,
		SKF_AD_HATYPE, SKF_AD_PAY_OFFSET };
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < sizeof(whats) / sizeof(whats[0]); j++)
			if (loads(&f[i], whats[j]))
				return true;
	return false;
}

/* Returns true if the program always gives the same result for a frame. */
static bool
steady(const struct sock_filter *f, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (loads(&f[i], SKF_AD_RANDOM))
			return false;
	return true;
}

static void
cover(const struct sock_filter *f, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		pairs[f[i - 1].code % CODES * CODES + f[i].code % CODES] = 1;
}

static long complex;

static void
show_complex(void)
{
	fprintf(stderr, "stat::too_complex: %ld\n", complex);
}

/* Implements ebpf_translate_accept. */
static void
accept_nothing(struct ebpf_code *c, const void *arg)
{
	(void)c;
	(void)arg;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct sock_filter f[BPF_MAXINSNS + 1];
	static const struct ebpf_window none;
	static struct ebpf_code code;
	static struct classic_input ci;
	static struct verdict v;
	static struct judge j;
	static bool open;
	const char *strange;
	int refused;
	size_t n;

	if (!open) {
		judge_open(&j, SOCK_RAW, "v1", "v0");
		atexit(show_complex);
	}
	open = true;
	if (cbpf_input_read(&ci, data, len) == -1)
		return -1;
	n = cbpf_input_program(&ci, f);
	ebpf_insn_clear(&code);
	if (ebpf_translate(&code, f, n, &none, accept_nothing, NULL) == -1 &&
	    errno == ENOTSUP) {
		if (!unknowable(f, n))
			fail("ENOTSUP without a reason", &ci);
		return 0;
	}
	strange = judge_by(&j, f, n, &refused);
	/*
	 * The verifier follows all paths of an extended program, up to a
	 * million instructions, and none of a classic one.  That takes a
	 * second, so such an input is not kept.
	 */
	if (strange != NULL && j.j_error == E2BIG) {
		complex++;
		return -1;
	}
	if (strange != NULL && refused && n > KERNEL_LEN)
		return 0;
	if (strange != NULL)
		fail(strange, &ci);
	if (refused)
		return 0;
	cover(f, n);
	if (ci.ci_len < FRAME_MIN)
		ci.ci_len = FRAME_MIN;
	if (judge_frame(&j, ci.ci_frame, ci.ci_len, &v) == 0 && steady(f, n) &&
	    v.v_classic != v.v_extended)
		fail("different verdicts on the frame", &ci);
	return 0;
}
