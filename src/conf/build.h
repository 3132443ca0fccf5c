/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Builds rules from what the parser reads, piece by piece in file order, and
 * adds errors to b_errors.
 */
#ifndef BUILD_H
#define BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/build_list.h"
#include "conf/conf.h"
#include "conf/conf_error.h"
#include "conf/lexer.h"
#include "conf/symtab.h"

struct build {
	struct conf_rules *b_rules;
	struct conf_errors *b_errors;
	bool b_commandless;	  /* triggers need no command */
	struct conf_pos b_user;	  /* position of "user"; pl_line 0: none */
	struct conf_pos b_socket; /* position of "socket"; pl_line 0: none */
	bool b_mode;		  /* the socket has a mode */
	name_set b_names;	  /* names of rules */
	size_t b_jobs;		  /* conf_jobs() of all rules so far */
	struct build_list b_done; /* struct conf_rule: complete rules */

	/* Current rule. */
	struct conf_rule b_rule;
	struct token b_name;
	size_t b_before;   /* number of errors at the start of the rule */
	bool b_together;   /* the interfaces are counted together */
	size_t b_runs_sum; /* ct_runs of all triggers of the rule */
	name_set b_interfaces;
	struct build_list b_places; /* struct token: the interfaces */
	struct build_list b_when;   /* struct conf_trigger */

	/* Current trigger. */
	struct conf_trigger b_trigger;
	struct token b_count;	  /* of every, rate, below; or all 0 */
	struct token b_by;	  /* "by"; or all 0 */
	struct token b_runs;	  /* "runs"; or all 0 */
	unsigned int b_options;	  /* options that were set, a bit each */
	struct build_list b_argv; /* char *: command and arguments */
};

/* Adds an error for a value: "value": what. */
void build_problem(struct build *, const struct token *, const char *what);

/* Adds an error for a wrong value; wanted: the result of a value_ function. */
void build_check(struct build *, const struct token *, const char *wanted);

/* True if an interface of the rule is a log group: the firewall selects its
 * packets. */
bool build_log_group(const struct build *);

void build_user(struct build *, const struct token *);

/* The socket, then its options. */
void build_socket(struct build *, const struct token *);
void build_mode(struct build *, const struct token *);
void build_group(struct build *, const struct token *);

void build_rule(struct build *, const struct token *name);
void build_interface(struct build *, const struct token *);
/* word: "together", in front of the interfaces. */
void build_together(struct build *, const struct token *word);
void build_direction(struct build *, const struct token *);
void build_filter(struct build *, const struct token *);
/* end: the token that ends the rule. */
void build_rule_end(struct build *, const struct token *);

/* count: of every (NULL: 1), rate and below; time: of all but every. */
void build_when(struct build *, enum condition_kind, const struct token *count,
    bool bytes, const struct token *time);
/* word: "calm". */
void build_calm(struct build *, const struct token *word);
/* Without one, the trigger has no command. */
void build_argument(struct build *, const struct token *);
void build_interval(struct build *, const struct token *);
void build_policy(struct build *, const struct token *);
void build_timeout(struct build *, const struct token *);
void build_retry(struct build *, const struct token *);
void build_signal(struct build *, const struct token *);
/* word: "runs". */
void build_runs(struct build *, const struct token *word, const struct token *);
void build_trigger_end(struct build *);

/* Completes the rules and frees the lists. */
void build_end(struct build *);

#endif
