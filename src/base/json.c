/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* Returns the length of the UTF-8 character at s; 0: invalid. */
static size_t
utf8(const unsigned char *s)
{
	/* Range of the second byte: no overlong forms, no surrogates. */
	unsigned char low = 0x80, high = 0xbf;
	size_t i, len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

size_t
json_char(const char *text, char piece[JSON_PIECE])
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = utf8(s);

	if (s[0] == '\0')
		return 0;
	if (len == 0)
		snprintf(piece, JSON_PIECE, "\\ufffd");
	else if (s[0] == '"' || s[0] == '\\')
		snprintf(piece, JSON_PIECE, "\\%c", s[0]);
	else if (s[0] < ' ' || s[0] == 127)
		snprintf(piece, JSON_PIECE, "\\u%04x", s[0]);
	else if (s[0] == 0xc2 &&
	    s[1] < 0xa0) /* C1; some terminals take U+009B as ESC [ */
		snprintf(piece, JSON_PIECE, "\\u%04x", s[1]);
	else
		snprintf(piece, JSON_PIECE, "%.*s", (int)len, text);
	return len == 0 ? 1 : len;
}
