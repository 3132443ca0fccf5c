/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

%{
#include <stdlib.h>
#include <string.h>

#include "conf/build.h"
#include "conf/build_key.h"
#include "conf/conf.h"
#include "conf/lexer.h"

#define TOP	"rule, user, socket, include or name = value"
#define SOCKET_OPTION "mode, group, " TOP
#define TRIGGER "every, rate, below, idle, after, calm, while or }"
#define OPTION	"interval, busy, timeout, retry, signal, runs, " TRIGGER
#define COUNT	"a number of packets or bytes"
#define TIME	"a time"
#define KEY	"a key such as source or source/24"

/* A yacc(1) parser has global state; one file is parsed at a time. */
static struct lexer lexer;
static struct build build;
static struct conf_errors problems;
static struct token last;  /* last token that was read */
static const char *wanted; /* valid next tokens, for messages */

static int yylex(void);
static void yyerror(const char *);
static void expected(const struct token *);
static void want_run(const char *text, const char *commandless);
static void want_by(void);
%}

%union {
	struct token token;
	struct {
		struct token count;
		bool bytes;
	} amount;
}

%token <token> STRING CLOSE NEWLINE SET INCLUDE AFTER BELOW BUSY BY BYTES CALM
%token <token> EVERY FILTER GROUP IDLE IN INTERVAL KEYS MODE ON OUT PACKETS
%token <token> RATE RETRY RULE RUN RUNS SIGNAL SOCKET TIMEOUT TOGETHER USER
%token <token> WHILE
%token <token> '{' '}' ';' ',' '=' '/'
%type <amount> amount
%type <token> time

%%

/* Actions set `wanted` before the parser reads the next token. */
file	: /* empty */			{ wanted = TOP; }
	| file item			{ wanted = TOP; }
	| file socket
	;

item	: user				{ yyerrok; }
	| SET				{ yyerrok; }
	| INCLUDE			{ yyerrok; }
	| CLOSE				{ yyerrok; }
	| ';'
	| head '{' w_trigger triggers close
	| head CLOSE {
		yyerrok;
		expected(&$2);
	}
	| RULE w_name error '{' w_trigger triggers close
	| RULE w_name error CLOSE	{ yyerrok; }
	| error
	;

user	: USER w_user STRING		{ build_user(&build, &$3); }
	;

socket	: SOCKET w_path path socket_options
	;

path	: STRING {
		build_socket(&build, &$1);
		wanted = SOCKET_OPTION;
	}
	;

socket_options : /* empty */
	| socket_options socket_option	{ wanted = SOCKET_OPTION; }
	;

socket_option : MODE w_mode STRING	{ build_mode(&build, &$3); }
	| GROUP w_group STRING		{ build_group(&build, &$3); }
	;

head	: RULE w_name name ON w_interface interfaces direction filter
	;

name	: STRING {
		build_rule(&build, &$1);
		wanted = "on";
	}
	;

interfaces : interface {
		wanted = "in, out, filter or {";
	}
	| '{' list '}' {
		wanted = "in, out, filter or {";
	}
	| TOGETHER w_open '{' w_listed list '}' {
		build_together(&build, &$1);
		wanted = "in, out, filter or {";
	}
	;

list	: interface {
		wanted = "an interface or }";
	}
	| list comma interface {
		wanted = "an interface or }";
	}
	;

comma	: /* empty */
	| ','				{ wanted = "an interface"; }
	;

interface : STRING			{ build_interface(&build, &$1); }
	;

direction : /* empty */
	| IN {
		build_direction(&build, &$1);
		wanted = "filter or {";
	}
	| OUT {
		build_direction(&build, &$1);
		wanted = "filter or {";
	}
	;

filter	: /* empty */
	| FILTER w_expression STRING {
		build_filter(&build, &$3);
		wanted = "{";
	}
	;

close	: '}' {
		yyerrok;
		build_rule_end(&build, &$1);
	}
	| CLOSE {
		yyerrok;
		wanted = "}";
		expected(&$1);
		build_rule_end(&build, &$1);
	}
	;

triggers : /* empty */
	| triggers trigger		{ yyerrok; }
	| triggers ';'			{ wanted = TRIGGER; }
	| triggers error		{ wanted = TRIGGER; }
	;

trigger	: when w_by by command options {
		build_key_end(&build);
		build_trigger_end(&build);
	}
	;

by	: /* empty */
	| BY {
		build_key_by(&build, &$1);
		wanted = KEY;
	} key_parts keys
	;

key_parts : key_part
	| key_parts ',' w_key key_part
	;

key_part : STRING {
		build_key_part(&build, &$1);
		want_run("run, keys or a comma",
		    "run, keys, a comma, " OPTION);
	}
	;

keys	: /* empty */
	| KEYS w_keys STRING {
		build_key_keys(&build, &$3);
		want_run("run", "run, " OPTION);
	}
	;

command	: /* empty */ {
		if (!build.b_commandless) {
			expected(&last);
			YYERROR;
		}
	}
	| RUN w_command arguments newline misplaced
	;

/* Otherwise the words would be arguments. */
misplaced : /* empty */
	| BY {
		conf_error_add(&problems, &$1.t_pos,
		    "by: belongs in front of run");
		wanted = KEY;
	} key_parts keys
	;

when	: EVERY w_every PACKETS {
		build_when(&build, CONDITION_EVERY, NULL, false, NULL);
	}
	| EVERY w_every amount {
		build_when(&build, CONDITION_EVERY, &$3.count, $3.bytes, NULL);
	}
	| RATE w_count amount w_slash '/' time {
		build_when(&build, CONDITION_RATE, &$3.count, $3.bytes, &$6);
	}
	| BELOW w_count amount w_slash '/' time {
		build_when(&build, CONDITION_BELOW, &$3.count, $3.bytes, &$6);
	}
	| IDLE time {
		build_when(&build, CONDITION_IDLE, NULL, false, &$2);
	}
	| AFTER time {
		build_when(&build, CONDITION_AFTER, NULL, false, &$2);
	}
	| CALM time {
		build_when(&build, CONDITION_CALM, NULL, false, &$2);
		build_calm(&build, &$1);
	}
	| WHILE time {
		build_when(&build, CONDITION_WHILE, NULL, false, &$2);
	}
	;

amount	: STRING w_unit PACKETS {
		$$.count = $1;
		$$.bytes = false;
	}
	| STRING w_unit BYTES {
		$$.count = $1;
		$$.bytes = true;
	}
	;

time	: w_time STRING			{ $$ = $2; }
	;

arguments : STRING {
		build_argument(&build, &$1);
		wanted = "an argument, " OPTION;
	}
	| arguments STRING		{ build_argument(&build, &$2); }
	;

newline	: /* empty */
	| NEWLINE			{ wanted = OPTION; }
	;

options	: /* empty */
	| options option		{ wanted = OPTION; }
	;

option	: INTERVAL time			{ build_interval(&build, &$2); }
	| BUSY w_policy STRING		{ build_policy(&build, &$3); }
	| TIMEOUT time			{ build_timeout(&build, &$2); }
	| RETRY time			{ build_retry(&build, &$2); }
	| SIGNAL w_signal STRING	{ build_signal(&build, &$3); }
	| RUNS w_runs STRING		{ build_runs(&build, &$1, &$3); }
	;

/* After a keyword that is seldom a mistake, yyerrok reports errors again. */
w_user	: { wanted = "the name of a user"; yyerrok; } ;
w_path	: { wanted = "the path of a socket"; yyerrok; } ;
w_mode	: { wanted = "a mode"; yyerrok; } ;
w_group	: { wanted = "the name of a group"; yyerrok; } ;
w_name	: { wanted = "the name of the rule"; yyerrok; } ;
w_interface : { wanted = "an interface, together or {"; } ;
w_open	: { wanted = "{"; } ;
w_listed : { wanted = "an interface"; } ;
w_expression : { wanted = "an expression, see pcap-filter(7)"; } ;
w_trigger : { wanted = TRIGGER; } ;
w_every	: { wanted = COUNT ", or packet"; yyerrok; } ;
w_count	: { wanted = COUNT; yyerrok; } ;
w_unit	: { wanted = "packets or bytes"; } ;
w_slash	: { wanted = "/"; } ;
w_time	: { wanted = TIME; yyerrok; } ;
w_by	: { want_by(); } ;
w_key	: { wanted = KEY; } ;
w_keys	: { wanted = "a number of keys"; yyerrok; } ;
w_runs	: { wanted = "a number of runs"; } ;
w_command : { wanted = "a command"; } ;
w_policy : { wanted = "once, drop, queue or restart"; } ;
w_signal : { wanted = "the name of a signal"; } ;

%%

static int
yylex(void)
{
#define KIND(name) [TOKEN_##name - TOKEN_STRING] = (name)
	static const int kinds[] = {
		KIND(STRING), KIND(CLOSE), KIND(NEWLINE), KIND(SET),
		KIND(INCLUDE), KIND(AFTER), KIND(BELOW), KIND(BUSY), KIND(BY),
		KIND(BYTES), KIND(CALM), KIND(EVERY), KIND(FILTER), KIND(GROUP),
		KIND(IDLE), KIND(IN), KIND(INTERVAL), KIND(KEYS), KIND(MODE),
		KIND(ON), KIND(OUT), KIND(PACKETS), KIND(RATE), KIND(RETRY),
		KIND(RULE), KIND(RUN), KIND(RUNS), KIND(SIGNAL), KIND(SOCKET),
		KIND(TIMEOUT), KIND(TOGETHER), KIND(USER), KIND(WHILE),
	};
	int kind = lexer_next(&lexer, &yylval.token);

	last = yylval.token;
	return kind < TOKEN_STRING ? kind : kinds[kind - TOKEN_STRING];
}

static void
expected(const struct token *t)
{
	if (strncmp(t->t_text, "end of ", 7) == 0)
		conf_error_add(&problems, &t->t_pos, "%s: expected %s",
		    t->t_text, wanted);
	else
		conf_error_add(&problems, &t->t_pos, "\"%s\": expected %s",
		    conf_error_quote(t->t_text), wanted);
}

/* After a condition; the second text is for a trigger without a command. */
static void
want_run(const char *text, const char *commandless)
{
	wanted = build.b_commandless ? commandless : text;
}

/* After a condition and before its key. */
static void
want_by(void)
{
	if (build_key_takes(&build))
		want_run("run or by", "run, by, " OPTION);
	else
		want_run("run", "run, " OPTION);
}

/* Replaces yacc's "syntax error" by what was expected. */
static void
yyerror(const char *message)
{
	if (strcmp(message, "syntax error") != 0)
		conf_error_fatal(&problems, &last.t_pos, "%s", message);
	else if (!last.t_bad)
		expected(&last);
}

/* Resets the parser and returns empty rules; NULL: no memory. */
static struct conf_rules *
begin(size_t max)
{
	struct conf_rules *rules = calloc(1, sizeof(*rules));

	memset(&lexer, 0, sizeof(lexer));
	memset(&build, 0, sizeof(build));
	if (rules == NULL)
		conf_error_memory(&problems);
	lexer.lx_files.is_rules = build.b_rules = rules;
	lexer.lx_files.is_max = max;
	lexer.lx_errors = build.b_errors = &problems;
	return rules;
}

/*
 * Parses the opened input.  why: error of opening it, or NULL.  errors: as in
 * parse_file_again().
 */
static struct conf_rules *
end(const char *name, const char *why, FILE *errors)
{
	const struct conf_pos at = { .pl_file = name };

	if (why != NULL)
		conf_error_add(&problems, &at, "%s", why);
	else if (yyparse() != 0)
		conf_error_fatal(&problems, &at, "cannot be parsed");
	build_end(&build);
	lexer_end(&lexer);
	if (problems.ps_count == 0 && build.b_rules->cs_nrules == 0)
		conf_error_add(&problems, &at, "no rules");
	if (conf_error_report(&problems, errors)) {
		conf_free(build.b_rules);
		return NULL;
	}
	return build.b_rules;
}

static struct conf_rules *
parse_path(
    const char *path, struct parse_mode mode, bool regular_only, FILE *errors)
{
	if (begin(CONF_FILE_MAX) == NULL) {
		conf_error_report(&problems, errors);
		return NULL;
	}
	build.b_commandless = mode.pm_commandless;
	lexer.lx_files.is_trusted = mode.pm_trusted;
	lexer.lx_files.is_regular = regular_only;
	lexer.lx_files.is_include = true;
	return end(strcmp(path, "-") == 0 ? "standard input" : path,
	    conf_file_open(&lexer.lx_files, path), errors);
}

struct conf_rules *
parse_file(const char *path, struct parse_mode mode)
{
	return parse_path(path, mode, false, NULL);
}

struct conf_rules *
parse_file_again(const char *path, struct parse_mode mode, FILE *errors)
{
	return parse_path(path, mode, true, errors);
}

struct conf_rules *
parse_text(const char *text, size_t len)
{
	/* The canonical form is longer than the original, because of quotes. */
	if (begin(4 * CONF_FILE_MAX) == NULL) {
		conf_error_report(&problems, NULL);
		return NULL;
	}
	build.b_commandless = true;
	return end(
	    "rules", conf_file_text(&lexer.lx_files, text, len), NULL);
}
