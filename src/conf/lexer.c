/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdio.h>
#include <string.h>

#include "conf/lexer.h"
#include "conf/scan.h"

static const struct keyword {
	const char *kw_name;
	int kw_kind;
	bool kw_ends;	 /* ends a list of arguments */
	bool kw_trigger; /* is an ordinary word outside a trigger */
} keywords[] = {
	{ "after", TOKEN_AFTER, true, false },
	{ "below", TOKEN_BELOW, true, false },
	{ "busy", TOKEN_BUSY, true, false },
	{ "by", TOKEN_BY, true, true },
	{ "byte", TOKEN_BYTES, false, false },
	{ "bytes", TOKEN_BYTES, false, false },
	{ "calm", TOKEN_CALM, true, false },
	{ "every", TOKEN_EVERY, true, false },
	{ "filter", TOKEN_FILTER, false, false },
	{ "group", TOKEN_GROUP, false, false },
	{ "idle", TOKEN_IDLE, true, false },
	{ "in", TOKEN_IN, false, false },
	{ "include", TOKEN_INCLUDE, false, false },
	{ "interval", TOKEN_INTERVAL, true, false },
	{ "keys", TOKEN_KEYS, false, true },
	{ "mode", TOKEN_MODE, false, false },
	{ "on", TOKEN_ON, false, false },
	{ "out", TOKEN_OUT, false, false },
	{ "packet", TOKEN_PACKETS, false, false },
	{ "packets", TOKEN_PACKETS, false, false },
	{ "rate", TOKEN_RATE, true, false },
	{ "retry", TOKEN_RETRY, true, false },
	{ "rule", TOKEN_RULE, false, false },
	{ "run", TOKEN_RUN, true, false },
	{ "runs", TOKEN_RUNS, true, true },
	{ "signal", TOKEN_SIGNAL, true, false },
	{ "socket", TOKEN_SOCKET, false, false },
	{ "timeout", TOKEN_TIMEOUT, true, false },
	{ "together", TOKEN_TOGETHER, false, false },
	{ "user", TOKEN_USER, false, false },
	{ "while", TOKEN_WHILE, true, false },
};

/* Returns the keyword that is this text, or NULL. */
static const struct keyword *
keyword(const char *text, bool trigger)
{
	size_t i;

	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strcmp(text, keywords[i].kw_name) == 0)
			return trigger || !keywords[i].kw_trigger ?
			    &keywords[i] :
			    NULL;
	return NULL;
}

bool
lexer_plain(const char *text)
{
	return text[0] != '\0' && text[strspn(text, SCAN_WORD)] == '\0' &&
	    keyword(text, true) == NULL;
}

/* Reads "$name", and sets the token's text to the value of the macro. */
static const struct symtab *
expand(struct lexer *lx, struct token *t)
{
	const struct symtab *macro;

	scan_macro(lx, t);
	if (t->t_text == NULL || t->t_bad)
		return NULL;
	if ((macro = symtab_find(&lx->lx_macros, t->t_text)) == NULL) {
		conf_error_add(lx->lx_errors, &t->t_pos,
		    "\"$%s\": no such macro was defined before",
		    conf_error_quote(t->t_text));
		t->t_bad = true;
		return NULL;
	}
	t->t_text = macro->nm_value;
	/* Otherwise macros of macros in a small file could exhaust memory. */
	lx->lx_files.is_size += strlen(t->t_text);
	if (lx->lx_files.is_size > lx->lx_files.is_max)
		conf_error_fatal(lx->lx_errors, &t->t_pos,
		    "more than %zu bytes of rules, with macros expanded",
		    lx->lx_files.is_max);
	return macro;
}

/* True if a word, a string or a macro comes next. */
static bool
value_follows(const struct lexer *lx)
{
	int c = scan_peek(lx, 0);

	if (c == EOF || strchr("\n{};", c) != NULL)
		return false;
	if (c == ',' || c == '=')
		return lx->lx_mode == LEXER_ARGS;
	return c != '/' || lx->lx_mode != LEXER_RATE;
}

/*
 * Reads a word, a string or a macro; false for anything else.  *quoted: the
 * text is not a keyword.
 */
static bool
read_value(struct lexer *lx, struct token *t, bool *quoted)
{
	const struct symtab *macro;
	int c = scan_peek(lx, 0);

	scan_place(lx, t);
	t->t_text = NULL;
	*quoted = true;
	if (!value_follows(lx))
		return false;
	if (c == '"' || c == '\'') {
		scan_string(lx, t);
	} else if (c == '$') {
		if ((macro = expand(lx, t)) != NULL)
			*quoted = macro->nm_quoted;
	} else {
		scan_word(lx, t);
		*quoted = t->t_bad;
	}
	if (t->t_text == NULL)
		t->t_text = "";
	return true;
}

/* Defines the macro t; the equals sign comes next. */
static void
define_macro(struct lexer *lx, struct token *t)
{
	struct symtab *nm;
	const struct symtab *old;
	struct token v;

	scan_skip(lx);
	scan_blanks(lx);
	if ((nm = conf_alloc(lx->lx_files.is_rules, sizeof(*nm))) == NULL) {
		conf_error_memory(lx->lx_errors);
		return;
	}
	nm->nm_text = t->t_text;
	nm->nm_pos = t->t_pos;
	if (!read_value(lx, &v, &nm->nm_quoted)) {
		conf_error_add(lx->lx_errors, &t->t_pos,
		    "\"%s\": no value, expected a word or a string",
		    conf_error_quote(t->t_text));
		v.t_text = "";
	}
	nm->nm_value = v.t_text;
	if (strspn(nm->nm_text, SCAN_MACRO) != strlen(nm->nm_text))
		conf_error_add(lx->lx_errors, &t->t_pos,
		    "\"%s\": not a name of a macro, which has letters, digits "
		    "and _",
		    conf_error_quote(t->t_text));
	if ((old = symtab_add(&lx->lx_macros, nm)) == NULL)
		conf_error_memory(lx->lx_errors);
	else if (old != nm)
		conf_error_add(lx->lx_errors, &t->t_pos,
		    "\"%s\": macro defined already in %s:%u",
		    conf_error_quote(t->t_text), old->nm_pos.pl_file,
		    old->nm_pos.pl_line);
}

/* Opens an included file; its name comes next. */
static void
include_file(struct lexer *lx)
{
	struct token path;
	const char *why;
	bool quoted;

	scan_blanks(lx);
	if (!read_value(lx, &path, &quoted)) {
		conf_error_add(lx->lx_errors, &path.t_pos,
		    "include: expected the name of a file");
		return;
	}
	if (path.t_bad || lx->lx_errors->ps_fatal)
		return;
	if ((why = conf_file_open(&lx->lx_files, path.t_text)) != NULL)
		conf_error_add(lx->lx_errors, &path.t_pos, "include %s: %s",
		    conf_error_quote(path.t_text), why);
}

/* True for the first word of a condition. */
static bool
condition(int kind)
{
	return kind == TOKEN_EVERY || kind == TOKEN_RATE ||
	    kind == TOKEN_BELOW || kind == TOKEN_IDLE || kind == TOKEN_AFTER ||
	    kind == TOKEN_CALM || kind == TOKEN_WHILE;
}

/* Returns the kind of a word without quotes. */
static int
word(struct lexer *lx, struct token *t)
{
	const struct keyword *kw = keyword(t->t_text, lx->lx_trigger);

	if (kw == NULL || (lx->lx_mode == LEXER_ARGS && !kw->kw_ends)) {
		lx->lx_some = true;
		return TOKEN_STRING;
	}
	if (kw->kw_kind == TOKEN_RATE || kw->kw_kind == TOKEN_BELOW)
		lx->lx_mode = LEXER_RATE;
	else if (kw->kw_kind == TOKEN_RUN)
		lx->lx_mode = LEXER_ARGS;
	else if (kw->kw_kind != TOKEN_PACKETS && kw->kw_kind != TOKEN_BYTES)
		lx->lx_mode = LEXER_PLAIN;
	lx->lx_some = false;
	lx->lx_trigger = lx->lx_trigger || condition(kw->kw_kind);
	if (kw->kw_kind == TOKEN_RULE) {
		lx->lx_open = 0;
		lx->lx_trigger = false;
		lx->lx_rule = true;
		lx->lx_waits = *t;
		return TOKEN_CLOSE;
	}
	if (kw->kw_kind == TOKEN_INCLUDE && lx->lx_open == 0)
		include_file(lx);
	return kw->kw_kind;
}

/* End of a file: first TOKEN_CLOSE, then what follows the include. */
static int
end(struct lexer *lx, struct token *t)
{
	scan_place(lx, t);
	t->t_text = "end of file";
	lx->lx_mode = LEXER_PLAIN;
	lx->lx_open = 0;
	lx->lx_trigger = false;
	if (!lx->lx_closed) {
		lx->lx_closed = true;
		return TOKEN_CLOSE;
	}
	if (lx->lx_files.is_top->in_up == NULL)
		return TOKEN_END;
	lx->lx_closed = false;
	conf_file_close(&lx->lx_files);
	return lexer_next(lx, t);
}

static int
character(struct lexer *lx, struct token *t)
{
	static const char *const names[] = { "{", "}", ";", ",", "=", "/" };
	int c = scan_peek(lx, 0);
	size_t i;

	scan_skip(lx);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (c == names[i][0])
			t->t_text = names[i];
	if (c == '{')
		lx->lx_open++;
	else if (c == '}' && lx->lx_open != 0)
		lx->lx_open--;
	if (c != ',' && c != '=' && c != '/')
		lx->lx_mode = LEXER_PLAIN;
	if (c == '{' || c == '}')
		lx->lx_trigger = false;
	return c;
}

/*
 * Skips line ends without a meaning.  False for a line end that ends a list of
 * arguments.
 */
static bool
skip_lines(struct lexer *lx, struct token *t)
{
	for (scan_blanks(lx); scan_peek(lx, 0) == '\n'; scan_blanks(lx)) {
		scan_place(lx, t);
		scan_skip(lx);
		if (lx->lx_mode == LEXER_ARGS && lx->lx_some) {
			lx->lx_mode = LEXER_PLAIN;
			t->t_text = "end of line";
			return false;
		}
	}
	return true;
}

int
lexer_next(struct lexer *lx, struct token *t)
{
	bool quoted, macro;

	lx->lx_order++;
	if (lx->lx_errors->ps_fatal) {
		t->t_text = "";
		return TOKEN_END;
	}
	if (lx->lx_rule) {
		lx->lx_rule = false;
		*t = lx->lx_waits;
		return TOKEN_RULE;
	}
	if (!skip_lines(lx, t))
		return TOKEN_NEWLINE;
	if (scan_peek(lx, 0) == EOF)
		return end(lx, t);
	macro = scan_peek(lx, 0) == '$';
	if (!read_value(lx, t, &quoted))
		return character(lx, t);
	if (quoted) {
		lx->lx_some = true;
		return TOKEN_STRING;
	}
	scan_blanks(lx);
	if (!macro && lx->lx_open == 0 && lx->lx_mode == LEXER_PLAIN &&
	    scan_peek(lx, 0) == '=' && keyword(t->t_text, false) == NULL) {
		define_macro(lx, t);
		return TOKEN_SET;
	}
	return word(lx, t);
}

void
lexer_end(struct lexer *lx)
{
	while (lx->lx_files.is_top != NULL)
		conf_file_close(&lx->lx_files);
	symtab_clear(&lx->lx_macros);
}
