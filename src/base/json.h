/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Escaping of text for JSON strings. */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>

/* Size of json_char's output, with the final 0. */
#define JSON_PIECE 8

/*
 * Writes the first character of a text to piece, escaped for a JSON string;
 * a byte that is not UTF-8 becomes \ufffd.  Returns the bytes of the text that
 * were used; 0 at the end of the text.
 */
size_t json_char(const char *text, char piece[JSON_PIECE]);

#endif
