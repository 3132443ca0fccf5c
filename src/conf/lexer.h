/*
 * The words of a file of rules.  Comments, continued lines, macros and files
 * that are included are gone here; what is wrong with any of it goes to the
 * problems, and the reading goes on.
 */
#ifndef LEXER_H
#define LEXER_H

#include <stdbool.h>

#include "conf/conf_error.h"
#include "conf/conf_file.h"
#include "conf/symtab.h"

/* The end of all files. */
#define TOKEN_END 0

/* Other tokens, or a character that stands for itself: one of {},;=/ */
enum token_kind {
	TOKEN_STRING = 256,
	TOKEN_CLOSE,   /* a file ends, or a rule follows: none is open */
	TOKEN_NEWLINE, /* after a command, and only there */
	TOKEN_SET,     /* a macro was defined */
	TOKEN_INCLUDE, /* a file was included */
	TOKEN_BUSY,
	TOKEN_BYTES,
	TOKEN_EVERY,
	TOKEN_FILTER,
	TOKEN_GROUP,
	TOKEN_IDLE,
	TOKEN_IN,
	TOKEN_INTERVAL,
	TOKEN_MODE,
	TOKEN_ON,
	TOKEN_OUT,
	TOKEN_PACKETS,
	TOKEN_RATE,
	TOKEN_RULE,
	TOKEN_RUN,
	TOKEN_SOCKET,
	TOKEN_TIMEOUT,
	TOKEN_USER
};

struct token {
	struct conf_pos t_pos;
	const char *t_text; /* in memory of the rules */
	bool t_bad;	    /* a problem was told already */
};

enum lexer_mode {
	LEXER_PLAIN,
	LEXER_RATE, /* a slash ends a word */
	LEXER_ARGS  /* few words are keywords, the line's end matters */
};

struct lexer {
	struct conf_files lx_files;
	struct conf_errors *lx_errors;
	name_set lx_macros;
	enum lexer_mode lx_mode;
	bool lx_some;	      /* of the command, there is a word */
	unsigned int lx_open; /* braces */
	unsigned long lx_order;
	bool lx_closed;	       /* this file has ended */
	bool lx_rule;	       /* the keyword comes next */
	struct token lx_waits; /* it is this one */
};

/* The next one, TOKEN_... or a character. */
int lexer_next(struct lexer *, struct token *);

/* Whether a word without quotes is taken for this text, anywhere. */
bool lexer_plain(const char *);

void lexer_end(struct lexer *);

#endif
