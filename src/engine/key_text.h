/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Keys, and what packets are counted apart by, as text.  Pure. */
#ifndef KEY_TEXT_H
#define KEY_TEXT_H

#include <stddef.h>

#include "engine/key.h"

/* Buffer sizes for a part, for a key, and for a spec. */
#define KEY_TEXT_PART \
	(sizeof("xxxx:xxxx:xxxx:xxxx:xxxx:xxxx:255.255.255.255/128"))
#define KEY_TEXT      (KEY_PARTS * KEY_TEXT_PART)
#define KEY_TEXT_SPEC (KEY_PARTS * sizeof("destination/32/128, "))

/* Returns the word of the rules file: "source-port". */
const char *key_text_kind(enum key_kind);

/* Returns the variable of a command: "BPFSTATSD_SOURCE_PORT". */
const char *key_text_variable(enum key_kind);

/*
 * Writes a part of a key: "192.0.2.1", "2001:db8::/64" (a prefix, unless it is
 * the whole address), "53", "02:00:00:00:00:01", "17".
 */
void key_text_part(const struct key_spec *, const struct key *, size_t part,
    char *buf, size_t len);

/* Writes the parts of a key, separated by blanks. */
void key_text(
    const struct key_spec *, const struct key *, char *buf, size_t len);

/* Writes "source/24/64, port". */
void key_text_spec(const struct key_spec *, char *buf, size_t len);

/*
 * Adds a part, such as "source/24/64" or "port", to a spec, initially all 0.
 * Returns NULL, or a description of valid texts for a message ("not ...").
 */
const char *key_text_add(struct key_spec *, const char *text);

#endif
