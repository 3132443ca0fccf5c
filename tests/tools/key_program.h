/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A program that makes the key of each packet and puts the key into a map.
 * Functions exit on an error.
 */
#ifndef KEY_PROGRAM_H
#define KEY_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/key_extract.h"

struct ebpf_code;

/* What packets are counted apart by: each kind, and combinations. */
extern const char *const key_program_texts[];
extern const size_t key_program_ntexts;

/* Arguments of the subprogram that it must keep. */
#define KEY_PROGRAM_SEGMENTS 3

/* The map, which the program writes. */
struct key_program_result {
	uint8_t kr_key[KEY_SIZE];
	uint64_t kr_answer; /* 1 + enum key_found */
	uint64_t kr_bytes;  /* registers after ebpf_key() */
	uint64_t kr_segments;
};

/* Returns the spec of a text, with a comma between parts. */
struct key_spec key_program_spec(const char *text);

/* Makes the map, before all programs. */
struct key_program_result *key_program_begin(void);

/*
 * Writes the program for packets of a link type, see ebpf_key(); without spec,
 * one that makes no key.
 */
struct ebpf_code *key_program_write(const struct key_spec *, int link);

/* Loads it; *verified: instructions that the verifier looked at. */
int key_program_load(const struct ebpf_code *, unsigned int *verified);

/* Returns true if the program gave this answer, and key if it is KEY_FOUND. */
bool key_program_is(const struct key_program_result *, const struct key_spec *,
    enum key_found, const struct key *);

/* Prints bytes behind a word. */
void key_program_print(const char *word, const uint8_t *, size_t);

#endif
