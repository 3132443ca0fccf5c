/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/mman.h>

#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/key_text.h"
#include "key_program.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_key.h"
#include "source/linux/ebpf_nflog.h"

const char *const key_program_texts[] = { "source", "destination",
	"source-port", "port", "mac", "destination-mac", "vlan", "source/24/64",
	"destination/9/33", "source/0/0", "source/31/127", "source,destination",
	"destination,source", "source,port", "port,source", "source-port,port",
	"destination,port", "source,source-port,destination,port", "vlan,mac",
	"mac,destination-mac", "source,vlan", "destination,source-port,vlan",
	"mac,source/25/97,port,vlan", "source/8/48,destination/16/100",
	"vlan,port,mac,destination-mac",
	"source,destination,mac,destination-mac" };
const size_t key_program_ntexts =
    sizeof(key_program_texts) / sizeof(key_program_texts[0]);

#define RESULT_AT(member) ((short)offsetof(struct key_program_result, member))

static int map;

struct key_spec
key_program_spec(const char *text)
{
	struct key_spec ks = { 0 };
	char copy[128], *part, *rest = copy;
	const char *problem;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((part = strsep(&rest, ",")) != NULL)
		if ((problem = key_text_add(&ks, part)) != NULL)
			errx(2, "%s: %s", text, problem);
	return ks;
}

struct key_program_result *
key_program_begin(void)
{
	struct bpf_map_create_opts opts = { .sz = sizeof(opts),
		.map_flags = BPF_F_MMAPABLE };
	struct key_program_result *kr;

	map = bpf_map_create(
	    BPF_MAP_TYPE_ARRAY, "keys", 4, sizeof(*kr), 1, &opts);
	if (map < 0)
		err(1, "map");
	kr =
	    mmap(NULL, sizeof(*kr), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (kr == MAP_FAILED)
		err(1, "mmap");
	return kr;
}

static void
emit_answer(
    struct ebpf_code *c, const struct key_spec *ks, enum key_found found)
{
	size_t i;

	ebpf_insn_emit_value(c, ARG1, map, 0);
	for (i = 0; found == KEY_FOUND && i < key_size(ks); i += 4) {
		ebpf_insn_emit(
		    c, LOAD(BPF_W, ARG2, FRAME, (short)(EBPF_KEY + (int)i)));
		ebpf_insn_emit(c, STORE(BPF_W, ARG1, ARG2, (short)i));
	}
	ebpf_insn_emit(
	    c, STORE_IMM(BPF_DW, ARG1, RESULT_AT(kr_answer), 1 + (int)found));
	ebpf_insn_emit(c, STORE(BPF_DW, ARG1, BYTES, RESULT_AT(kr_bytes)));
	ebpf_insn_emit(
	    c, STORE(BPF_DW, ARG1, SEGMENTS, RESULT_AT(kr_segments)));
	ebpf_insn_emit(c, MOV_IMM(RESULT, 0));
	ebpf_insn_emit(c, EXIT);
}

static void
emit_sub(struct ebpf_code *c, const struct key_spec *ks, int link)
{
	struct ebpf_jumps keyless = { .ej_n = 0 }, cut = { .ej_n = 0 };

	ebpf_insn_sub(c, ks);
	if (ks == NULL) {
		ebpf_insn_emit(c, MOV_IMM(RESULT, 0));
		ebpf_insn_emit(c, EXIT);
		return;
	}
	ebpf_insn_emit(c, MOV(CTX, ARG1));
	ebpf_insn_emit(c, MOV(SEGMENTS, ARG2));
	ebpf_insn_emit(c, MOV(BYTES, ARG3));
	ebpf_key(c, ks, link, &keyless, &cut);
	emit_answer(c, ks, KEY_FOUND);
	ebpf_insn_land_jumps(c, &keyless);
	emit_answer(c, ks, KEY_NONE);
	if (cut.ej_n == 0)
		return;
	ebpf_insn_land_jumps(c, &cut);
	emit_answer(c, ks, KEY_CUT);
}

struct ebpf_code *
key_program_write(const struct key_spec *ks, int link)
{
	struct ebpf_code *c = ebpf_insn_begin();

	ebpf_insn_emit(c, MOV(CTX, ARG1));
	if (link == EBPF_KEY_NFLOG) {
		ebpf_nflog(c, true);
		ebpf_insn_emit(c, LOAD(BPF_DW, BYTES, FRAME, STACK_BYTES));
	} else {
		ebpf_insn_emit(c, LOAD(BPF_W, BYTES, CTX, SKB(len)));
	}
	ebpf_insn_emit(c, MOV(ARG1, CTX));
	ebpf_insn_emit(c, MOV_IMM(ARG2, KEY_PROGRAM_SEGMENTS));
	ebpf_insn_emit(c, MOV(ARG3, BYTES));
	ebpf_insn_emit(c, MOV(ARG4, FRAME));
	ebpf_insn_emit(c, ALU_IMM(BPF_ADD, ARG4, STACK_PACKET));
	ebpf_insn_call(c, ks);
	ebpf_insn_emit(c, EXIT);
	emit_sub(c, ks, link);
	return c;
}

/* Loads a program, with the verifier's words in the log. */
static int
load(const struct ebpf_code *c, unsigned int level, char *log, size_t size)
{
	struct bpf_prog_load_opts opts = { .sz = sizeof(opts),
		.log_buf = log,
		.log_size = (uint32_t)size,
		.log_level = level };

	return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "keys", "ISC",
	    c->ec_insns, c->ec_len, &opts);
}

int
key_program_load(const struct ebpf_code *c, unsigned int *verified)
{
	static char log[1 << 22];
	const char *sum;
	int fd = load(c, 4, log, sizeof(log)); /* sums alone */

	if (fd < 0) {
		(void)load(c, 1, log, sizeof(log));
		errx(1, "the kernel refuses the program:\n%s",
		    strlen(log) < 4000 ? log : log + strlen(log) - 4000);
	}
	if ((sum = strstr(log, "processed ")) == NULL)
		errx(1, "no sums: %s", log);
	*verified = (unsigned int)strtoul(sum + strlen("processed "), NULL, 10);
	return fd;
}

bool
key_program_is(const struct key_program_result *kr, const struct key_spec *ks,
    enum key_found found, const struct key *key)
{
	if (kr->kr_answer != 1 + (uint64_t)found ||
	    kr->kr_segments != KEY_PROGRAM_SEGMENTS)
		return false;
	return found != KEY_FOUND ||
	    memcmp(kr->kr_key, key->k_bytes, key_size(ks)) == 0;
}

void
key_program_print(const char *word, const uint8_t *bytes, size_t n)
{
	size_t i;

	printf("%s ", word);
	for (i = 0; i < n; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}
