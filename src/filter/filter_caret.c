/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/filter_caret.h"

/* Limit of the search: words and operators in an expression. */
#define PARTS_MAX 200
/* Columns of the expression that a message shows. */
#define SHOWN 64

/*
 * Texts that complete the beginning of an expression.  For every valid
 * beginning at least one of them gives a valid expression, once open
 * parentheses and brackets are closed.
 */
static const char *const completions[] = { "", " 0", " tcp", " 1.2.3.4", " = 0",
	" 0 = 0", " 1-2", " 0.0.0.0", " 02:00:00:00:00:01", " host 1.2.3.4",
	" port 1", " proto 6", " in", " data", " pass" };

/* Returns the end of the word or operator that begins at `at`. */
static size_t
part_end(const char *s, size_t at)
{
	size_t n = strspn(s + at,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789._\\:-$");

	if (n != 0)
		return at + n;
	n = strspn(s + at, "<>=!&|");
	return at + (n != 0 ? n : 1);
}

/* Closes the open parentheses of the first n bytes, the innermost first. */
static void
make_closing(const char *s, size_t n, char *out, size_t len)
{
	size_t i, depth = 0;
	char open[PARTS_MAX] = { 0 };

	for (i = 0; i < n; i++) {
		if ((s[i] == '(' || s[i] == '[') && depth < sizeof(open))
			open[depth++] = s[i];
		else if ((s[i] == ')' || s[i] == ']') && depth > 0)
			depth--;
	}
	out[0] = '\0';
	while (depth-- > 0)
		strlcat(out, open[depth] == '(' ? ")" : "] = 0", len);
}

/* Returns true if an expression can begin with the first n bytes. */
static bool
is_viable(
    const char *s, size_t n, bool (*parses)(const char *, void *), void *arg)
{
	char close[8 * PARTS_MAX], *text;
	size_t i;
	bool yes = false;

	make_closing(s, n, close, sizeof(close));
	for (i = 0; i < sizeof(completions) / sizeof(completions[0]); i++) {
		if (asprintf(&text, "%.*s%s%s", (int)n, s, completions[i],
			close) == -1)
			return true;
		yes = parses(text, arg);
		free(text);
		if (yes)
			break;
	}
	return yes;
}

size_t
filter_caret_find(
    const char *s, bool (*parses)(const char *, void *), void *arg)
{
	size_t at = strspn(s, " \t\r\n"), end = at, parts = 0;

	while (s[at] != '\0' && parts++ < PARTS_MAX) {
		end = part_end(s, at);
		if (!is_viable(s, end, parses, arg))
			return at;
		at = end + strspn(s + end, " \t\r\n");
	}
	return parts > PARTS_MAX ? 0 : end;
}

void
filter_caret_show(const char *s, size_t place, char *out, size_t len)
{
	size_t first = place > SHOWN / 2 ? place - SHOWN / 2 : 0, i;
	char line[SHOWN + 1];

	for (i = 0; i < SHOWN && s[first + i] != '\0'; i++)
		line[i] =
		    isgraph((unsigned char)s[first + i]) ? s[first + i] : ' ';
	line[i] = '\0';
	snprintf(
	    out, len, "\n    %s\n    %*s^", line, (int)(place - first), "");
}

const char *
filter_caret_word(const char *expression, const char *word)
{
	const char *p = expression;
	size_t n = strlen(word);

	while ((p = strstr(p, word)) != NULL) {
		if ((p == expression || !isalnum((unsigned char)p[-1])) &&
		    !isalnum((unsigned char)p[n]))
			return p;
		p += n;
	}
	return NULL;
}
