/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Characters of the current rules file; used by lexer.c only. */
#ifndef SCAN_H
#define SCAN_H

#include "conf/lexer.h"

#define SCAN_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
/* Characters of a macro's name, and of a word without quotes. */
#define SCAN_MACRO SCAN_LETTERS "0123456789_"
#define SCAN_WORD  SCAN_MACRO ".:@%+/-"

/* Returns a character ahead (0: the next one), or EOF at the end of the file.
 */
int scan_peek(const struct lexer *, size_t ahead);

/* Skips one character; not at the end of the file. */
void scan_skip(struct lexer *);

/* Skips blanks, comments and continued line ends, but no other line end. */
void scan_blanks(struct lexer *);

/* Sets the token's position to the next character. */
void scan_place(const struct lexer *, struct token *);

/*
 * Read a word, which may be empty; a string, from its quote; the name of a
 * macro, from its dollar sign.  t_text is NULL without memory.  Text without a
 * separator after them is an error.
 */
void scan_word(struct lexer *, struct token *);
void scan_string(struct lexer *, struct token *);
void scan_macro(struct lexer *, struct token *);

#endif
