/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdio.h>
#include <string.h>

#include "conf/scan.h"

static bool
control(int c)
{
	return (c >= 0 && c < ' ' && c != '\t' && c != '\n') || c == 127;
}

/* Control characters are read as blanks. */
int
scan_peek(const struct lexer *lx, size_t ahead)
{
	const struct conf_file *in = lx->lx_files.is_top;
	int c;

	if (ahead >= in->in_len - in->in_at)
		return EOF;
	c = (unsigned char)in->in_text[in->in_at + ahead];
	return control(c) ? ' ' : c;
}

void
scan_place(const struct lexer *lx, struct token *t)
{
	t->t_pos.pl_file = lx->lx_files.is_top->in_name;
	t->t_pos.pl_line = lx->lx_files.is_top->in_line;
	t->t_pos.pl_order = lx->lx_order;
	t->t_bad = false;
}

void
scan_skip(struct lexer *lx)
{
	struct conf_file *in = lx->lx_files.is_top;
	int c = (unsigned char)in->in_text[in->in_at++];
	struct token t;

	if (control(c) && in->in_control != in->in_line) {
		in->in_control = in->in_line;
		scan_place(lx, &t);
		conf_error_add(lx->lx_errors, &t.t_pos,
		    "byte 0x%02x: control characters are not allowed", c);
	}
	if (c == '\n')
		in->in_line++;
}

static bool
continued(const struct lexer *lx)
{
	return scan_peek(lx, 0) == '\\' && scan_peek(lx, 1) == '\n';
}

void
scan_blanks(struct lexer *lx)
{
	for (;;) {
		if (scan_peek(lx, 0) == ' ' || scan_peek(lx, 0) == '\t') {
			scan_skip(lx);
		} else if (continued(lx)) {
			scan_skip(lx);
			scan_skip(lx);
		} else if (scan_peek(lx, 0) == '#') {
			while (
			    scan_peek(lx, 0) != EOF && scan_peek(lx, 0) != '\n')
				scan_skip(lx);
		} else {
			return;
		}
	}
}

/* True for a character of a word, in the current mode. */
static bool
in_word(const struct lexer *lx, int c)
{
	if (c == EOF || c == '\0')
		return false;
	if (c == '/' && lx->lx_mode == LEXER_RATE)
		return false;
	return strchr(SCAN_WORD, c) != NULL ||
	    (lx->lx_mode == LEXER_ARGS && (c == ',' || c == '='));
}

/* True if the next character ends a word, a string or a macro. */
static bool
at_separator(const struct lexer *lx)
{
	int c = scan_peek(lx, 0);

	return c == EOF || strchr(" \t\n{};", c) != NULL || continued(lx) ||
	    (lx->lx_mode != LEXER_ARGS && (c == ',' || c == '=')) ||
	    (lx->lx_mode == LEXER_RATE && c == '/');
}

/* Returns a copy of the text since the offset `from`; NULL: no memory. */
static char *
copy(struct lexer *lx, size_t from)
{
	const struct conf_file *in = lx->lx_files.is_top;
	char *text = conf_alloc(lx->lx_files.is_rules, in->in_at - from + 1);

	if (text == NULL)
		conf_error_memory(lx->lx_errors);
	else
		memcpy(text, in->in_text + from, in->in_at - from);
	return text;
}

/* Adds an error if no separator follows a word, a string or a macro. */
static void
check_end(struct lexer *lx, struct token *t, size_t from)
{
	const char *text;

	if (at_separator(lx) || t->t_bad)
		return;
	while (!at_separator(lx))
		scan_skip(lx);
	t->t_bad = true;
	if ((text = copy(lx, from)) != NULL)
		conf_error_add(lx->lx_errors, &t->t_pos,
		    "\"%s\": not a word, put quotes around all of it",
		    conf_error_quote(text));
}

void
scan_word(struct lexer *lx, struct token *t)
{
	size_t from = lx->lx_files.is_top->in_at;

	while (in_word(lx, scan_peek(lx, 0)))
		scan_skip(lx);
	t->t_text = copy(lx, from);
	check_end(lx, t, from);
}

/* Removes the quotes and resolves backslashes. */
void
scan_string(struct lexer *lx, struct token *t)
{
	size_t to = 0, from = lx->lx_files.is_top->in_at;
	int c, quote = scan_peek(lx, 0);
	char *text;

	scan_skip(lx);
	while ((c = scan_peek(lx, 0)) != quote && c != EOF && c != '\n') {
		if (quote == '"' && c == '\\' && scan_peek(lx, 1) != EOF &&
		    strchr("\"\\\n", scan_peek(lx, 1)) != NULL)
			scan_skip(lx);
		scan_skip(lx);
	}
	text = copy(lx, from + 1);
	if (c == quote)
		scan_skip(lx);
	if (text == NULL)
		return;
	for (from = 0; text[from] != '\0'; from++) {
		if (quote == '"' && text[from] == '\\' &&
		    text[from + 1] != '\0' &&
		    strchr("\"\\\n", text[from + 1]) != NULL)
			from++;
		if (text[from] != '\n')
			text[to++] = text[from];
	}
	text[to] = '\0';
	t->t_text = text;
	if (c != quote) {
		t->t_bad = true;
		conf_error_add(lx->lx_errors, &t->t_pos,
		    "%c%s: the quote does not end on this line", quote,
		    conf_error_quote(text));
	}
}

void
scan_macro(struct lexer *lx, struct token *t)
{
	size_t from = lx->lx_files.is_top->in_at;

	scan_skip(lx);
	while (scan_peek(lx, 0) > 0 &&
	    strchr(SCAN_MACRO, scan_peek(lx, 0)) != NULL)
		scan_skip(lx);
	t->t_text = copy(lx, from + 1);
	check_end(lx, t, from);
}
