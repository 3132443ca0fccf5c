/*
 * Rules, put together from what the parser has read, a piece at a time, in the
 * order of the file.  What cannot be goes to the problems.
 */
#ifndef BUILD_H
#define BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "conf/conf_error.h"
#include "conf/lexer.h"
#include "conf/symtab.h"

/* A list that grows. */
struct build_list {
	void *bl_items;
	size_t bl_count;
};

struct build {
	struct conf_rules *b_rules;
	struct conf_errors *b_errors;
	struct conf_pos b_user;	  /* where it was named; pl_line 0: nowhere */
	struct conf_pos b_socket; /* likewise */
	bool b_mode;		  /* it has one */
	name_set b_names;	  /* of rules */
	size_t b_triggers;	  /* of all rules so far */
	struct build_list b_done;

	/* The rule in hand. */
	struct conf_rule b_rule;
	struct token b_name;
	size_t b_before; /* problems when it began */
	name_set b_interfaces;
	struct build_list b_places; /* struct token: the interfaces */
	struct build_list b_when;

	/* Its trigger in hand. */
	struct conf_trigger b_trigger;
	unsigned int b_options; /* a bit for each that was given */
	struct build_list b_argv;
};

void build_user(struct build *, const struct token *);

/* The socket, and what is said of it then. */
void build_socket(struct build *, const struct token *);
void build_mode(struct build *, const struct token *);
void build_group(struct build *, const struct token *);

void build_rule(struct build *, const struct token *name);
void build_interface(struct build *, const struct token *);
void build_direction(struct build *, const struct token *);
void build_filter(struct build *, const struct token *);
/* At the token that ends it. */
void build_rule_end(struct build *, const struct token *);

/* every and rate: how many, NULL is 1; rate and idle: in which time. */
void build_when(struct build *, enum condition_kind, const struct token *count,
    bool bytes, const struct token *time);
void build_argument(struct build *, const struct token *);
void build_interval(struct build *, const struct token *);
void build_policy(struct build *, const struct token *);
void build_timeout(struct build *, const struct token *);
void build_trigger_end(struct build *);

/* The rules have all that was built; what else there was is freed. */
void build_end(struct build *);

#endif
