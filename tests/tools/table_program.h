/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A table of keys in the kernel, and the program that counts packets in the
 * table, which runs without a network.  Functions exit on an error.
 */
#ifndef TABLE_PROGRAM_H
#define TABLE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slot_memory;
struct source;
struct source_keys;

/* Bytes that the kernel takes away in front of what a program sees. */
#define TABLE_PROGRAM_HEAD 14

/*
 * Clock of the programs that are loaded afterwards, and of the watcher's calls
 * in this process: the kernel's, the kernel's so many times as fast, or one
 * that stands still in between.  All else in the program stays the same.
 */
void table_program_speed(unsigned int speed);
void table_program_set(uint64_t now);

/* Returns the time by this clock, for the functions of the source, ns. */
uint64_t table_program_now(void);

struct table_program {
	struct source *tp_table;
	struct slot_memory *tp_slot; /* counts all packets, and bytes */
	int tp_fd;		     /* the program */
};

/*
 * Opens a table, and loads the program for a link type, DLT_... or
 * EBPF_KEY_NFLOG.
 */
void table_program_open(
    struct table_program *, const struct source_keys *, int link);

void table_program_close(struct table_program *);

/*
 * Writes an IPv4 packet in Ethernet from the address 10.0.0.0 + source behind
 * TABLE_PROGRAM_HEAD bytes, all together n.
 */
#define TABLE_PROGRAM_LEAST (TABLE_PROGRAM_HEAD + 34)
void table_program_packet(uint8_t *, size_t n, uint32_t source);

/*
 * Runs the program on a packet, TABLE_PROGRAM_HEAD bytes behind the start, that
 * counts as several (segments: 0 or 1, one packet).  Returns false if the
 * kernel refuses the bytes.
 */
bool table_program_run(const struct table_program *, const void *, size_t n,
    unsigned int segments);

#endif
