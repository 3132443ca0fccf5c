/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/mman.h>

#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/linux/ebpf.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_key.h"
#include "source/linux/ebpf_program.h"
#include "source/linux/keyed_memory.h"
#include "source/linux/keyed_source.h"
#include "source/linux/slots.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "source/source_shared.h"
#include "table_program.h"

static struct source_shared shared = SOURCE_SHARED_NONE;
static size_t unit; /* of all packets */

/* The kernel's clock since `base`, multiplied. */
static unsigned int speed = 1;
static uint64_t base;

/* The clock that stands still: an array in the kernel, and its element. */
static int still_fd = -1;
static _Atomic uint64_t *still;

void
table_program_speed(unsigned int n)
{
	speed = n;
	base = clock_now();
}

static uint64_t
ahead(void)
{
	return (uint64_t)slots_ahead(shared.ss_slots);
}

void
table_program_set(uint64_t now)
{
	const struct bpf_map_create_opts opts = { .sz = sizeof(opts),
		.map_flags = BPF_F_MMAPABLE };

	if (still == NULL) {
		still_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "clock",
		    sizeof(uint32_t), sizeof(*still), 1, &opts);
		if (still_fd < 0)
			err(1, "map");
		still = mmap(NULL, sizeof(*still), PROT_READ | PROT_WRITE,
		    MAP_SHARED, still_fd, 0);
		if (still == MAP_FAILED)
			err(1, "mmap");
	}
	atomic_store(still, now);
}

uint64_t
table_program_now(void)
{
	if (still != NULL)
		return atomic_load(still);
	return base + (clock_now() - base) * speed;
}

/* Opens what all tables have in common. */
static void
share(void)
{
	if (shared.ss_slots != NULL)
		return;
	shared.ss_sources = 2;
	shared.ss_grows = true;
	if (slots_shared(&shared) == NULL ||
	    (unit = slots_take(shared.ss_slots, false)) == 0)
		err(1, "slots");
}

static void
emit_constant(struct ebpf_code *c, __u8 reg, uint64_t value)
{
	ebpf_insn_emit(c,
	    INSN(BPF_LD | BPF_DW | BPF_IMM, reg, 0, 0, (int)(uint32_t)value));
	ebpf_insn_emit(c, INSN(0, 0, 0, 0, (int)(value >> 32)));
}

/*
 * Appends a subprogram that sets RESULT to the time, or to a multiple of the
 * ns.
 */
static void
emit_clock(struct ebpf_code *c, int multiple)
{
	enum {
		PLACE = BPF_REG_1,
		BASE = BPF_REG_1
	};

	if (still != NULL) {
		ebpf_insn_emit_value(c, PLACE, still_fd, 0);
		ebpf_insn_emit(c, LOAD(BPF_DW, RESULT, PLACE, 0));
		emit_constant(c, BASE, ahead());
	} else {
		ebpf_insn_emit(c, CALL(BPF_FUNC_ktime_get_ns));
		emit_constant(c, BASE, base + ahead());
		ebpf_insn_emit(c, ALU(BPF_SUB, RESULT, BASE));
		ebpf_insn_emit(c, ALU_IMM(BPF_MUL, RESULT, (int)speed));
	}
	ebpf_insn_emit(c, ALU(BPF_ADD, RESULT, BASE));
	ebpf_insn_emit(c, ALU_IMM(BPF_MUL, RESULT, multiple));
	ebpf_insn_emit(c, EXIT);
}

/*
 * Makes each call of a function of the kernel, in the first n instructions, one
 * of a clock of its own.
 */
static void
replace(struct ebpf_code *c, size_t n, int function, int multiple)
{
	const size_t end = c->ec_len;
	struct bpf_insn *insn;
	bool any = false;
	size_t i;

	for (i = 0; i < n; i++) {
		insn = &c->ec_insns[i];
		if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg != 0 ||
		    insn->imm != function)
			continue;
		*insn = CALL_SUB;
		insn->imm = (int)(end - i - 1);
		any = true;
	}
	if (any)
		emit_clock(c, multiple);
}

/* Replaces the kernel's clock; only packets of the same ns find it recent. */
static void
replace_clock(struct ebpf_code *c)
{
	const size_t n = c->ec_len;

	if (still == NULL && speed == 1)
		return;
	replace(c, n, BPF_FUNC_ktime_get_ns, 1);
	replace(c, n, BPF_FUNC_ktime_get_coarse_ns, 1);
	replace(c, n, BPF_FUNC_jiffies64, KEYED_TICKS);
}

static int
load(struct source *const *table, int link)
{
	struct ebpf_code *c = ebpf_insn_begin();
	struct ebpf_keyed **list = keyed_source_code(table, 1);
	struct ebpf_counted ec = { .ec_slots = shared.ss_slots,
		.ec_unit = unit,
		.ec_bytes = true,
		.ec_tables = (const struct ebpf_keyed *const *)list,
		.ec_ntables = 1 };
	int fd;

	if (list == NULL)
		err(1, "memory");
	if (link == EBPF_KEY_NFLOG)
		ebpf_program_nflog(c, &ec);
	else if (ebpf_program(c, &ec, 1, link, DIRECTION_IN, -1, -1) == -1)
		err(1, "program");
	free((void *)list);
	replace_clock(c);
	if ((fd = ebpf_open(c)) == -1)
		err(1, "the kernel refuses the program");
	return fd;
}

void
table_program_open(
    struct table_program *tp, const struct source_keys *sk, int link)
{
	char problem[SOURCE_TEXT];

	share();
	tp->tp_table = source_keys_open(sk, &shared, problem, sizeof(problem));
	if (tp->tp_table == NULL)
		errx(1, "%s", problem);
	tp->tp_slot = slots_memory(shared.ss_slots, unit);
	tp->tp_fd = load(&tp->tp_table, link);
}

void
table_program_close(struct table_program *tp)
{
	close(tp->tp_fd);
	source_close(tp->tp_table);
}

void
table_program_packet(uint8_t *data, size_t n, uint32_t source)
{
	uint8_t *ip = data + TABLE_PROGRAM_HEAD + 14;

	memset(data, 0, n);
	data[12] = ip[-2] = 0x08;
	ip[0] = 0x45;
	ip[3] = (uint8_t)(n - TABLE_PROGRAM_HEAD - 14);
	ip[2] = (uint8_t)((n - TABLE_PROGRAM_HEAD - 14) >> 8);
	ip[8] = 64;
	ip[9] = 17;
	ip[12] = 10;
	ip[13] = (uint8_t)(source >> 16);
	ip[14] = (uint8_t)(source >> 8);
	ip[15] = (uint8_t)source;
	ip[16] = 192;
	ip[18] = 2;
	ip[19] = 1;
}

bool
table_program_run(const struct table_program *tp, const void *data, size_t n,
    unsigned int segments)
{
	struct __sk_buff context = { .gso_segs = segments };
	struct bpf_test_run_opts opts = {
		.sz = sizeof(opts), .data_in = data, .data_size_in = (uint32_t)n
	};

	if (segments > 1) {
		opts.ctx_in = &context;
		opts.ctx_size_in = sizeof(context);
	}
	if (bpf_prog_test_run_opts(tp->tp_fd, &opts) == 0)
		return true;
	if (errno != EINVAL)
		err(1, "run");
	return false;
}
