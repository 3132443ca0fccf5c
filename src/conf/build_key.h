/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Builds the key of a trigger, see build.h; errors are added to b_errors. */
#ifndef BUILD_KEY_H
#define BUILD_KEY_H

#include <stdbool.h>

struct build;
struct token;

/* Returns true if the condition of the trigger can count by key. */
bool build_key_takes(const struct build *);

/*
 * Begin the key at the word "by", add a part such as "source/24", and set the
 * number behind "keys".
 */
void build_key_by(struct build *, const struct token *word);
void build_key_part(struct build *, const struct token *);
void build_key_keys(struct build *, const struct token *);

/*
 * Completes the key before build_trigger_end(): the default number of keys, and
 * for calm the key of the trigger in front.
 */
void build_key_end(struct build *);

#endif
