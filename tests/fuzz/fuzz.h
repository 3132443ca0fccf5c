/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Functions between libFuzzer and a target; libFuzzer installs no header. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Implemented by a target: tests an input, and aborts on a failure. */
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Implemented by a target: changes an input, and returns the new length. */
size_t LLVMFuzzerCustomMutator(
    uint8_t *, size_t len, size_t max, unsigned int seed);

/* Provided by libFuzzer: changes bytes, and returns the new length. */
size_t LLVMFuzzerMutate(uint8_t *, size_t len, size_t max);

#endif
