/*
 * The translation of classic programs to extended ones.  What the kernel takes
 * must be translated, be loaded, and say the same of a frame; what it refuses
 * must be refused.  Those that are too complex to be loaded are numbered at
 * the end: the daemon attaches them as they are.  Wants root and the interfaces
 * v0 and v1, a pair.
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

/* The smallest that a packet socket sends: a header of Ethernet. */
#define FRAME_MIN 14

/*
 * The kernel refuses a jump behind the first 32767 instructions of what it
 * makes of a program itself, up to 19 of one.  Ours knows no such end.
 */
#define KERNEL_LEN 1700

#define CODES 256

/* What libFuzzer takes for coverage: codes that follow another, if accepted. */
__attribute__((
    section("__libfuzzer_extra_counters"))) static uint8_t pairs[CODES * CODES];

static void
find(const char *what, const struct classic_input *ci)
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

/* Whether it asks what extended programs cannot know. */
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

/* Whether it says the same of the same frame. */
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct sock_filter f[BPF_MAXINSNS + 1];
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
	code.ec_len = 0;
	if (ebpf_translate(&code, f, n) == -1 && errno == ENOTSUP) {
		if (!unknowable(f, n))
			find("ENOTSUP without a reason", &ci);
		return 0;
	}
	strange = judge_by(&j, f, n, &refused);
	/*
	 * The kernel follows a million instructions of an extended program, by
	 * all ways through it, and not one of a classic one.  That takes a
	 * second: no more of the kind.
	 */
	if (strange != NULL && j.j_error == E2BIG) {
		complex++;
		return -1;
	}
	if (strange != NULL && refused && n > KERNEL_LEN)
		return 0;
	if (strange != NULL)
		find(strange, &ci);
	if (refused)
		return 0;
	cover(f, n);
	if (ci.ci_len < FRAME_MIN)
		ci.ci_len = FRAME_MIN;
	if (judge_frame(&j, ci.ci_frame, ci.ci_len, &v) == 0 && steady(f, n) &&
	    v.v_classic != v.v_extended)
		find("they do not agree on the frame", &ci);
	return 0;
}
