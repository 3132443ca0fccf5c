/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Tokens of the rules files.  The lexer handles comments, continued lines,
 * macros and includes; it adds errors to lx_errors and goes on.
 */
#ifndef LEXER_H
#define LEXER_H

#include <stdbool.h>

#include "conf/conf_error.h"
#include "conf/conf_file.h"
#include "conf/symtab.h"

/* End of all files. */
#define TOKEN_END 0

/* Other tokens; one of the characters {},;=/ is its own token. */
enum token_kind {
	TOKEN_STRING = 256,
	TOKEN_CLOSE,   /* end of a file, or before TOKEN_RULE: no open rule */
	TOKEN_NEWLINE, /* end of a line with arguments */
	TOKEN_SET,     /* the lexer has defined a macro */
	TOKEN_INCLUDE, /* the lexer has opened a file */
	TOKEN_AFTER,
	TOKEN_BELOW,
	TOKEN_BUSY,
	TOKEN_BY,
	TOKEN_BYTES,
	TOKEN_CALM,
	TOKEN_EVERY,
	TOKEN_FILTER,
	TOKEN_GROUP,
	TOKEN_IDLE,
	TOKEN_IN,
	TOKEN_INTERVAL,
	TOKEN_KEYS,
	TOKEN_MODE,
	TOKEN_ON,
	TOKEN_OUT,
	TOKEN_PACKETS,
	TOKEN_RATE,
	TOKEN_RETRY,
	TOKEN_RULE,
	TOKEN_RUN,
	TOKEN_RUNS,
	TOKEN_SIGNAL,
	TOKEN_SOCKET,
	TOKEN_TIMEOUT,
	TOKEN_TOGETHER,
	TOKEN_USER,
	TOKEN_WHILE
};

struct token {
	struct conf_pos t_pos;
	const char *t_text; /* in memory of the rules */
	bool t_bad;	    /* an error was added already */
};

enum lexer_mode {
	LEXER_PLAIN,
	LEXER_RATE, /* rate, below: a slash ends a word */
	LEXER_ARGS  /* few words are keywords, line ends matter */
};

struct lexer {
	struct conf_files lx_files;
	struct conf_errors *lx_errors;
	name_set lx_macros;
	enum lexer_mode lx_mode;
	bool lx_some;		/* LEXER_ARGS: a word was read */
	bool lx_trigger;	/* a condition was read, and no brace since */
	unsigned int lx_open;	/* open braces */
	unsigned long lx_order; /* number of the token */
	bool lx_closed;		/* TOKEN_CLOSE of this file was returned */
	bool lx_rule;		/* lx_waits, a TOKEN_RULE, comes next */
	struct token lx_waits;
};

/* Reads a token; returns TOKEN_... or a character. */
int lexer_next(struct lexer *, struct token *);

/* True if the text can be written without quotes anywhere. */
bool lexer_plain(const char *);

/* Closes all files and forgets the macros. */
void lexer_end(struct lexer *);

#endif
