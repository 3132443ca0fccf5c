/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The numbers of a source of keys in a message from the opener. */
#ifndef SOURCE_KEYS_MESSAGE_H
#define SOURCE_KEYS_MESSAGE_H

#include <stdbool.h>

struct source_keys;
struct source_message;

/* Puts the numbers into the first elements of sm_numbers. */
void source_keys_message_put(
    const struct source_keys *, struct source_message *);

/* Gets the numbers, which are untrusted.  Returns false if one is not valid. */
bool source_keys_message_get(
    struct source_keys *, const struct source_message *);

#endif
