/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The configuration: rules and settings, from options or a rules file. */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "engine/condition.h"
#include "engine/key.h"
#include "engine/policy.h"

/* The direction of counted packets, seen from the interface. */
enum direction {
	DIRECTION_INOUT,
	DIRECTION_IN,
	DIRECTION_OUT
};

/* A condition and its command. */
struct conf_trigger {
	enum condition_kind ct_kind;
	bool ct_bytes;	   /* ct_count is bytes, not packets */
	uint64_t ct_count; /* every, rate, below: at least 1 */
	uint64_t ct_time;  /* ns; all but every */
	enum policy_kind ct_policy;
	int ct_signal;	       /* ends a run; 0: SIGTERM */
	uint64_t ct_interval;  /* ns between two starts; 0: none */
	uint64_t ct_timeout;   /* ns for a run; 0: no limit */
	uint64_t ct_retry;     /* ns after a failed run; 0: no retry */
	struct key_spec ct_by; /* key; ks_n 0: does not count by key */
	uint32_t ct_keys;      /* keys in the table, at most; 0 without
				  ct_by */
	uint32_t ct_runs;      /* commands at a time, for different keys;
				  1 without ct_by */
	char **ct_argv;	       /* command and arguments, then NULL; or NULL:
				  events are printed, no command */
};

/*
 * A rule that counts the packets of one interface, or of several together.  A
 * rule of a file on several interfaces, not together, is several of these.
 */
struct conf_rule {
	const char *cr_name;	  /* NULL: rule of the command line */
	const char *cr_interface; /* for display: "a", or "a,b" */
	const char *const *cr_interfaces;
	size_t cr_ninterfaces; /* 2 or more: together */
	const char *cr_filter; /* pcap-filter(7); NULL: all packets */
	enum direction cr_direction;
	struct conf_trigger *cr_triggers;
	size_t cr_ntriggers; /* 1 or more */
};

/* The socket that serves statistics. */
struct conf_socket {
	const char *cx_path;  /* NULL: no socket */
	unsigned int cx_mode; /* permissions, 0 to 0777 */
	const char *cx_group; /* NULL: the caller's group */
};

#define CONF_SOCKET_MODE 0600U

/* A rules file.  Triggers are numbered across all rules, in file order. */
struct conf_rules {
	char *cs_user; /* the commands' user; NULL: not set */
	struct conf_socket cs_socket;
	struct conf_rule *cs_rules;
	size_t cs_nrules;
	struct conf_block *cs_memory; /* all memory of the rules */
	size_t cs_holders;	      /* references, see conf_hold */
};

/*
 * Triggers in a file, at most; a rule on n interfaces counts n times, and a
 * trigger as often as its runs at a time.
 */
#define CONF_TRIGGERS 65536
/* Size of the name of a rule or an interface, with the final 0. */
#define CONF_NAME 64

/* Returns the number of triggers in all rules. */
size_t conf_triggers(const struct conf_rules *);

/*
 * Returns the number of runs that all triggers can have at a time, and fills in
 * for each trigger the number of runs of those in front, unless first is NULL.
 */
size_t conf_jobs(const struct conf_rules *, size_t *first);

/*
 * Returns the index of the trigger that a calm trigger at index i belongs to:
 * the last in front of it that is not calm; i if there is none.
 */
size_t conf_calm_front(const struct conf_trigger *, size_t i);

/* Returns true for a log group of the firewall, "nflog:group". */
bool conf_log_group(const char *interface);

/*
 * Return NULL, or the error of a key with a part that packets of a log group do
 * not have, and of a count that is too large for the trigger's key.
 */
const char *conf_log_group_lacks(enum key_kind);
const char *conf_key_count(const struct conf_trigger *);

/* Returns the rule's name, or its interface for a rule without a name. */
const char *conf_rule_name(const struct conf_rule *);

/* Returns true if a trigger of the rule counts bytes. */
bool conf_rule_bytes(const struct conf_rule *);

/*
 * Return true if the trigger counts packets by key, in a table of its own, and
 * the number of such triggers in the rule.
 */
bool conf_has_table(const struct conf_trigger *);

/* Returns the condition of the trigger's table: fewer than 1 is idle. */
enum condition_kind conf_table_kind(const struct conf_trigger *);
size_t conf_rule_tables(const struct conf_rule *);

struct parse_mode {
	bool pm_trusted;     /* refuse files that users other than root and the
				caller can write */
	bool pm_commandless; /* allow triggers without a command */
};

/*
 * Parses a file; "-" is standard input.  Returns rules for conf_free, or NULL
 * after logging all errors as "file:line: problem".  A rule on several
 * interfaces, not together, becomes consecutive rules with the same
 * cr_triggers.  Filters, users, interfaces and commands are not looked up.
 */
struct conf_rules *parse_file(const char *path, struct parse_mode);

/*
 * As parse_file, for a reload: all files must be regular, so that no FIFO can
 * block.  Errors are written to the file, or logged if it is NULL.
 */
struct conf_rules *parse_file_again(
    const char *path, struct parse_mode, FILE *errors);

/*
 * As parse_file, for a text of any bytes, which cannot include files.  Triggers
 * need no command.
 */
struct conf_rules *parse_text(const char *, size_t len);

/* Frees rules that one of the parse_ functions returned, or NULL. */
void conf_free(struct conf_rules *);

/* Takes a reference; the last conf_release frees the rules. */
void conf_hold(struct conf_rules *);
void conf_release(struct conf_rules *);

/* Allocates zeroed memory, freed with the rules.  Returns NULL and errno. */
void *conf_alloc(struct conf_rules *, size_t);

/*
 * Comparisons.  Equal rules have the same name, interfaces, filter and
 * triggers, in the same sequence.  The direction is a part of the filter. Texts
 * may be NULL.
 */
bool conf_same_rule(const struct conf_rule *, const struct conf_rule *);
bool conf_same_filter(const struct conf_rule *, const struct conf_rule *);
bool conf_same_text(const char *, const char *);
bool conf_same_key(const struct key_spec *, const struct key_spec *);
bool conf_same_socket(const struct conf_socket *, const struct conf_socket *);

/* The form of events on standard output, -p. */
enum conf_print {
	CONF_PRINT_NONE,
	CONF_PRINT_TEXT,
	CONF_PRINT_JSON
};

struct conf {
	struct conf_rules *c_rules;
	const char *c_savefile; /* -r; NULL: count on interfaces */
	const char *c_file;	/* -f; NULL: rule of the command line */
	const char *c_user;	/* the commands' user; NULL: the caller */
	bool c_user_said;	/* c_user is from -u, not from the file */
	struct conf_socket c_socket;
	bool c_socket_said; /* c_socket is from -s, not from the file */
	enum log_mode c_log;
	bool c_verbose;
	bool c_wait;   /* wait for interfaces that do not exist */
	bool c_single; /* exit after the first run */
	bool c_dry;    /* print the runs of a savefile, run nothing */
	enum conf_print c_print;
};

/* Returns how to parse the rules file under these options. */
struct parse_mode conf_parse_mode(const struct conf *);

/*
 * Parses the command line.  Exits: 2 after a message if it is wrong, 0 after
 * -h, -V and -n -f.  The result points into argv and is never freed.
 */
void options_parse(struct conf *, int argc, char **argv);

#endif
