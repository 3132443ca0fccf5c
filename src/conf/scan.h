/* The characters of a file of rules, for token.c alone. */
#ifndef SCAN_H
#define SCAN_H

#include "conf/lexer.h"

#define SCAN_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
/* Of a macro's name, and of a word without quotes. */
#define SCAN_MACRO SCAN_LETTERS "0123456789_"
#define SCAN_WORD  SCAN_MACRO ".:@%+/-"

/* The character so far ahead, EOF after the last of this file. */
int scan_peek(const struct lexer *, size_t ahead);

/* One character; there is one. */
void scan_skip(struct lexer *);

/* What is between words: comments and lines that go on, but no line's end. */
void scan_blanks(struct lexer *);

/* What comes next is here. */
void scan_place(const struct lexer *, struct token *);

/*
 * A word, perhaps an empty one; a string, whose quote comes next; the name of
 * a macro, without its dollar, which comes next.  Without memory t_text is
 * NULL.  Whatever follows them without a blank is a problem.
 */
void scan_word(struct lexer *, struct token *);
void scan_string(struct lexer *, struct token *);
void scan_macro(struct lexer *, struct token *);

#endif
