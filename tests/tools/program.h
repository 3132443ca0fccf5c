/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Generates random classic programs. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>
#include <stdint.h>

struct sock_filter;

/* Ancillary loads that exist in both machines and are repeatable. */
#define PROGRAM_ANCILLARIES 11
extern const int program_ancillaries[PROGRAM_ANCILLARIES];

/* Returns a number that is likely in a program. */
uint32_t program_constant(void);

/* Generates an instruction before `left` others, at least 1. */
void program_instruction(struct sock_filter *, size_t left);

/*
 * Generates a program, mostly a valid one.  Returns its length, at most
 * BPF_MAXINSNS.
 */
size_t program(struct sock_filter *);

#endif
