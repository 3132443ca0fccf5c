/* What the user asked for. */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "engine/condition.h"
#include "engine/policy.h"

/* The direction of counted packets, seen from the interface. */
enum direction {
	DIRECTION_INOUT,
	DIRECTION_IN,
	DIRECTION_OUT
};

/* When to run which command. */
struct conf_trigger {
	enum condition_kind ct_kind;
	bool ct_bytes;	   /* ct_count is of these, not of packets */
	uint64_t ct_count; /* every, rate */
	uint64_t ct_time;  /* rate, idle: nanoseconds */
	enum policy_kind ct_policy;
	uint64_t ct_interval; /* ns between two starts */
	uint64_t ct_timeout;  /* ns that a run may take; 0: any time */
	char **ct_argv;	      /* the command, NULL at its end */
};

/* What to count, on one interface: a rule for several is several of these. */
struct conf_rule {
	const char *cr_name; /* NULL: from the command line, it has none */
	const char *cr_interface;
	const char *cr_filter; /* pcap-filter(7); NULL: everything */
	enum direction cr_direction;
	struct conf_trigger *cr_triggers;
	size_t cr_ntriggers; /* 1 or more */
};

/* The socket on which statistics are told. */
struct conf_socket {
	const char *cx_path; /* NULL: none */
	unsigned int cx_mode;
	const char *cx_group; /* NULL: that of who starts us */
};

#define CONF_SOCKET_MODE 0600U

/* All of a rules file; triggers are numbered through, in its order. */
struct conf_rules {
	char *cs_user; /* NULL: none is named */
	struct conf_socket cs_socket;
	struct conf_rule *cs_rules;
	size_t cs_nrules;
	struct conf_block *cs_memory; /* of all that a file says */
	size_t cs_holders;	      /* see conf_hold */
};

/* A file has at most so many triggers, those of each interface counted. */
#define CONF_TRIGGERS 65536
/* A name of a rule or an interface is shorter than this, with its final 0. */
#define CONF_NAME 64

/* How many triggers they have together. */
size_t conf_triggers(const struct conf_rules *);

/*
 * The rules of a file, "-" is standard input; for conf_free.  NULL when
 * anything is wrong with them, with all of that on stderr, as "file:line:
 * problem".  trusted_only: refuse files that others can write than root and
 * who started the program.  Rules of several interfaces have the same
 * cr_triggers; those of one name follow each other.  Neither filters nor users
 * are looked at, nor whether there is such an interface or command.
 */
struct conf_rules *parse_file(const char *path, bool trusted_only);

/*
 * The same for a reload, which waits for no writer of a FIFO: every file must
 * be a regular one.
 */
struct conf_rules *parse_file_again(const char *path, bool trusted_only);

/* The same of a text, which can include no file; it may hold any bytes. */
struct conf_rules *parse_text(const char *, size_t len);

/* Of what those two gave, not of a command line's.  NULL is fine. */
void conf_free(struct conf_rules *);

/* Some need them longer than others: the last to let go frees them. */
void conf_hold(struct conf_rules *);
void conf_release(struct conf_rules *);

/* Zeroed memory that goes with the rules; NULL and errno. */
void *conf_alloc(struct conf_rules *, size_t);

/*
 * Whether two of them say the same: for a rule, of the same name about the
 * same packets, with the same triggers in the same order; or whether they are
 * at least about the same packets.
 */
bool conf_same_rule(const struct conf_rule *, const struct conf_rule *);
bool conf_same_packets(const struct conf_rule *, const struct conf_rule *);
bool conf_same_socket(const struct conf_socket *, const struct conf_socket *);
bool conf_same_trigger(
    const struct conf_trigger *, const struct conf_trigger *);

struct conf {
	struct conf_rules *c_rules;
	const char *c_savefile; /* of every rule the interface; or NULL */
	const char *c_file;	/* that they are from; NULL: they are not */
	const char *c_user;	/* NULL: who started us */
	bool c_user_said;	/* with -u, not by the file */
	struct conf_socket c_socket;
	bool c_socket_said; /* with -s, likewise */
	enum log_mode c_log;
	bool c_verbose;
	bool c_wait;
	bool c_single; /* end after the first run */
	bool c_dry;    /* print the runs of a savefile, run nothing */
};

/*
 * The command line.  Exits: 2 when it is wrong, having said why, and 0 after
 * -h and -V.  The result points into argv, and is for ever.
 */
void options_parse(struct conf *, int argc, char **argv);

#endif
