/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <pcap/dlt.h>

#include "filter/filter.h"
#include "source/linux/linktype.h"

#define AD(what) ((uint32_t)(SKF_AD_OFF + (what)))

/* Translates one instruction. */
static int
cook(uint16_t code, uint32_t k, uint32_t *result)
{
	static struct filter f;
	char problem[512];
	int error;

	f.f_len = 1;
	f.f_insns[0] = (struct filter_insn){ .fi_code = code, .fi_k = k };
	error = linktype_cook(&f, problem, sizeof(problem));
	*result = f.f_insns[0].fi_k;
	assert_int_equal(f.f_insns[0].fi_code, code);
	return error;
}

static void
becomes(uint16_t code, uint32_t k, uint32_t wanted)
{
	uint32_t result;

	assert_int_equal(cook(code, k, &result), 0);
	assert_int_equal(result, wanted);
}

static void
cannot(uint16_t code, uint32_t k)
{
	uint32_t result;

	assert_int_equal(cook(code, k, &result), -1);
}

static void
knows_links(void **state)
{
	(void)state;
	assert_int_equal(linktype_find(ARPHRD_ETHER), DLT_EN10MB);
	assert_int_equal(linktype_find(ARPHRD_LOOPBACK), DLT_EN10MB);
	assert_int_equal(linktype_find(ARPHRD_NONE), DLT_RAW);
	assert_int_equal(linktype_find(ARPHRD_PPP), DLT_LINUX_SLL2);
	assert_int_equal(linktype_find(ARPHRD_VOID), DLT_LINUX_SLL2);
	assert_int_equal(linktype_find(12345), DLT_LINUX_SLL2);
	assert_true(linktype_is_cooked(DLT_LINUX_SLL2));
	assert_false(linktype_is_cooked(DLT_EN10MB));
	assert_false(linktype_is_cooked(DLT_RAW));
}

static void
translates_fields_to_metadata(void **state)
{
	(void)state;
	becomes(BPF_LD | BPF_H | BPF_ABS, 0, AD(SKF_AD_PROTOCOL));
	becomes(BPF_LD | BPF_W | BPF_ABS, 4, AD(SKF_AD_IFINDEX));
	becomes(BPF_LD | BPF_H | BPF_ABS, 8, AD(SKF_AD_HATYPE));
	becomes(BPF_LD | BPF_B | BPF_ABS, 10, AD(SKF_AD_PKTTYPE));
}

static void
refuses_unavailable_fields(void **state)
{
	(void)state;
	cannot(BPF_LD | BPF_W | BPF_ABS, 0);
	cannot(BPF_LD | BPF_H | BPF_ABS, 1);
	cannot(BPF_LD | BPF_H | BPF_ABS, 10);
	cannot(BPF_LD | BPF_B | BPF_ABS, 11);
	cannot(BPF_LD | BPF_W | BPF_ABS, 12);
	cannot(BPF_LD | BPF_H | BPF_ABS, 19);
	cannot(BPF_LD | BPF_H | BPF_IND, 0);
	cannot(BPF_LD | BPF_B | BPF_IND, 10);
	cannot(BPF_LDX | BPF_B | BPF_MSH, 10);
}

/* The error names the load. */
static void
names_refused_loads(void **state)
{
	static struct filter f;
	char problem[512];

	(void)state;
	f.f_len = 1;
	f.f_insns[0] =
	    (struct filter_insn){ .fi_code = BPF_LD | BPF_W | BPF_ABS,
		    .fi_k = 12 };
	assert_int_equal(linktype_cook(&f, problem, sizeof(problem)), -1);
	assert_memory_equal(problem, "link[12:4]: ", 12);
	f.f_insns[0] =
	    (struct filter_insn){ .fi_code = BPF_LD | BPF_B | BPF_ABS,
		    .fi_k = 11 };
	assert_int_equal(linktype_cook(&f, problem, sizeof(problem)), -1);
	assert_memory_equal(problem, "link[11]: ", 10);
}

/* Part of a field takes several instructions, which makes jumps longer. */
static void
translates_parts_of_fields(void **state)
{
	static const struct filter_insn cooked[] = {
		{ BPF_JMP | BPF_JEQ | BPF_K, 4, 7, 7 },
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, AD(SKF_AD_PROTOCOL) },
		{ BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xff },
		{ BPF_LD | BPF_IMM, 0, 0, 0 },
		{ BPF_JMP | BPF_JA, 0, 0, 4 },
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, AD(SKF_AD_IFINDEX) },
		{ BPF_ALU | BPF_RSH | BPF_K, 0, 0, 8 },
		{ BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xff },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 8 },
		{ BPF_RET | BPF_K, 0, 0, 1 },
	};
	static struct filter f = { .f_len = 7,
		.f_insns = {
		    { BPF_JMP | BPF_JEQ | BPF_K, 3, 4, 7 },
		    { BPF_LD | BPF_B | BPF_ABS, 0, 0, 1 },
		    { BPF_LD | BPF_H | BPF_ABS, 0, 0, 2 },
		    { BPF_JMP | BPF_JA, 0, 0, 2 },
		    { BPF_LD | BPF_B | BPF_ABS, 0, 0, 6 },
		    { BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 8 },
		    { BPF_RET | BPF_K, 0, 0, 1 },
		} };
	char problem[512];

	(void)state;
	assert_int_equal(linktype_cook(&f, problem, sizeof(problem)), 0);
	assert_int_equal(f.f_len, sizeof(cooked) / sizeof(cooked[0]));
	assert_memory_equal(f.f_insns, cooked, sizeof(cooked));
}

static void
refuses_jumps_that_get_too_long(void **state)
{
	static struct filter f;
	char problem[512];
	size_t i;

	(void)state;
	f.f_len = 257;
	for (i = 0; i < f.f_len; i++)
		f.f_insns[i] =
		    (struct filter_insn){ BPF_LD | BPF_B | BPF_ABS, 0, 0, 1 };
	f.f_insns[0] =
	    (struct filter_insn){ BPF_JMP | BPF_JEQ | BPF_K, 255, 0, 0 };
	assert_int_equal(linktype_cook(&f, problem, sizeof(problem)), -1);
	f.f_insns[0].fi_jt = 1;
	f.f_len = FILTER_MAX;
	for (i = 1; i < f.f_len; i++)
		f.f_insns[i] =
		    (struct filter_insn){ BPF_LD | BPF_B | BPF_ABS, 0, 0, 1 };
	assert_int_equal(linktype_cook(&f, problem, sizeof(problem)), -1);
}

static void
moves_offsets_behind_the_header(void **state)
{
	(void)state;
	becomes(BPF_LD | BPF_W | BPF_ABS, 20, 0);
	becomes(BPF_LD | BPF_B | BPF_ABS, 29, 9);
	becomes(BPF_LD | BPF_H | BPF_IND, 22, 2);
	becomes(BPF_LDX | BPF_B | BPF_MSH, 20, 0);
	/* An offset before the header stays before the header. */
	becomes(BPF_LD | BPF_H | BPF_IND, UINT32_MAX, UINT32_MAX - 20);
}

static void
keeps_other_instructions(void **state)
{
	(void)state;
	becomes(
	    BPF_LD | BPF_B | BPF_ABS, AD(SKF_AD_PKTTYPE), AD(SKF_AD_PKTTYPE));
	becomes(BPF_LD | BPF_IMM, 5, 5);
	becomes(BPF_LD | BPF_MEM, 5, 5);
	becomes(BPF_LD | BPF_W | BPF_LEN, 0, 0);
	becomes(BPF_LDX | BPF_IMM, 25, 25);
	becomes(BPF_ST, 3, 3);
	becomes(BPF_ALU | BPF_ADD | BPF_K, 25, 25);
	becomes(BPF_JMP | BPF_JEQ | BPF_K, 0x800, 0x800);
	becomes(BPF_RET | BPF_K, 262144, 262144);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_links),
		cmocka_unit_test(translates_fields_to_metadata),
		cmocka_unit_test(refuses_unavailable_fields),
		cmocka_unit_test(names_refused_loads),
		cmocka_unit_test(translates_parts_of_fields),
		cmocka_unit_test(refuses_jumps_that_get_too_long),
		cmocka_unit_test(moves_offsets_behind_the_header),
		cmocka_unit_test(keeps_other_instructions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
