/* The functions between libFuzzer and a target, which has no header for them.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Written by a target: judges one input, abort(3) says that it is a find. */
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Written by targets that know better than to change bytes; the new length. */
size_t LLVMFuzzerCustomMutator(
    uint8_t *, size_t len, size_t max, unsigned int seed);

/* libFuzzer's own changes of bytes; the new length. */
size_t LLVMFuzzerMutate(uint8_t *, size_t len, size_t max);

#endif
