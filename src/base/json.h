/* Texts within JSON. */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>

/* Room for what json_char writes, with its final 0. */
#define JSON_PIECE 8

/*
 * Writes the first character of a text to piece, as a string of JSON has it:
 * control characters are escaped, what is no UTF-8 is \ufffd.  Returns the
 * number of bytes of the text that the character has; 0 at the end.
 */
size_t json_char(const char *text, char piece[JSON_PIECE]);

#endif
