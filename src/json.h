/* Texts within JSON. */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>

/* Room for what json_char writes, with its final 0. */
#define JSON_PIECE 8

/*
 * The first character of a text, as a string of JSON has it, goes to piece;
 * control characters are escaped, what is no UTF-8 is \ufffd.  How many bytes of the text that was; 0 at its
 * end.
 */
size_t json_char(const char *text, char piece[JSON_PIECE]);

#endif
