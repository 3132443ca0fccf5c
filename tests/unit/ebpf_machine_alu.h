/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Arithmetic, comparisons, loads and stores of eBPF code.  Include cmocka.h
 * first. */
#ifndef EBPF_MACHINE_ALU_H
#define EBPF_MACHINE_ALU_H

#include <linux/bpf.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static uint64_t
machine_alu(unsigned int op, uint64_t d, uint64_t s)
{
	switch (op) {
	case BPF_ADD:
		return d + s;
	case BPF_SUB:
		return d - s;
	case BPF_MUL:
		return d * s;
	case BPF_DIV:
		return s == 0 ? 0 : d / s;
	case BPF_MOD:
		return s == 0 ? d : d % s;
	case BPF_OR:
		return d | s;
	case BPF_AND:
		return d & s;
	case BPF_LSH:
		return d << (s & 63);
	case BPF_RSH:
		return d >> (s & 63);
	case BPF_MOV:
		return s;
	default:
		fail_msg("operation %x", op);
		return 0;
	}
}

static bool
machine_compare(unsigned int op, uint64_t d, uint64_t s)
{
	switch (op) {
	case BPF_JA:
		return true;
	case BPF_JEQ:
		return d == s;
	case BPF_JNE:
		return d != s;
	case BPF_JGT:
		return d > s;
	case BPF_JGE:
		return d >= s;
	case BPF_JLT:
		return d < s;
	case BPF_JLE:
		return d <= s;
	case BPF_JSGE:
		return (int64_t)d >= (int64_t)s;
	case BPF_JSGT:
		return (int64_t)d > (int64_t)s;
	case BPF_JSLT:
		return (int64_t)d < (int64_t)s;
	case BPF_JSLE:
		return (int64_t)d <= (int64_t)s;
	default:
		fail_msg("condition %x", op);
		return false;
	}
}

/* Loads a number of a size, BPF_B to BPF_DW. */
static uint64_t
machine_load(const void *from, unsigned int size)
{
	uint64_t d;
	uint32_t w;
	uint16_t h;

	switch (size) {
	case BPF_B:
		return *(const uint8_t *)from;
	case BPF_H:
		memcpy(&h, from, sizeof(h));
		return h;
	case BPF_W:
		memcpy(&w, from, sizeof(w));
		return w;
	default:
		memcpy(&d, from, sizeof(d));
		return d;
	}
}

static void
machine_store(void *to, uint64_t value, unsigned int size)
{
	const uint32_t w = (uint32_t)value;
	const uint16_t h = (uint16_t)value;
	const uint8_t b = (uint8_t)value;

	switch (size) {
	case BPF_B:
		memcpy(to, &b, sizeof(b));
		break;
	case BPF_H:
		memcpy(to, &h, sizeof(h));
		break;
	case BPF_W:
		memcpy(to, &w, sizeof(w));
		break;
	default:
		memcpy(to, &value, sizeof(value));
	}
}

#endif
