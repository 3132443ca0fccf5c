/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Builds the key of a trigger, as build.h. */
#ifndef BUILD_KEY_H
#define BUILD_KEY_H

#include <stdbool.h>

struct build;
struct token;

/* True if the condition of the trigger can count by a key. */
bool build_key_takes(const struct build *);

/* word: "by"; then come the parts, and the number of keys. */
void build_key_by(struct build *, const struct token *word);
void build_key_part(struct build *, const struct token *);
void build_key_keys(struct build *, const struct token *);

/* Completes the key of a trigger, before build_trigger_end(). */
void build_key_end(struct build *);

#endif
