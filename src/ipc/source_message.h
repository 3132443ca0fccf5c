/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A source in a message from the opener to the watcher; its descriptors come
 * with the message.  source/source.h has the functions.
 */
#ifndef SOURCE_MESSAGE_H
#define SOURCE_MESSAGE_H

#include <stdint.h>

#define SOURCE_MESSAGE_NAME    32
#define SOURCE_MESSAGE_NUMBERS 25

/* Bits of sm_flags; the kinds of sources have others, from SOURCE_KIND on. */
#define SOURCE_ABSENT  1U /* s_absent */
#define SOURCE_AWAITED 2U /* s_awaited */
#define SOURCE_KIND    4U

struct source_message {
	char sm_name[SOURCE_MESSAGE_NAME]; /* as sc_name of the conf */
	uint64_t sm_seen;		   /* packets so far */
	uint32_t sm_flags;
	uint32_t sm_numbers[SOURCE_MESSAGE_NUMBERS]; /* of the kind */
};

_Static_assert(sizeof(struct source_message) == 144, "no padding");

#endif
