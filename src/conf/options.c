/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "conf/conf_check.h"
#include "conf/conf_print.h"
#include "conf/usage.h"
#include "conf/value.h"
#include "engine/key_table.h"
#include "engine/key_text.h"
#include "filter/filter_file.h"

#define OPTIONS "hnVvwzb:c:e:F:f:i:k:l:o:m:p:Q:r:s:T:t:u:W:"

/* The rule of a command line. */
static struct conf_trigger triggers[6];
static struct conf_rule rule = { .cr_interfaces = &rule.cr_interface,
	.cr_ninterfaces = 1,
	.cr_triggers = triggers };
static struct conf_rules rules = {
	.cs_rules = &rule,
	.cs_nrules = 1,
	.cs_holders = 1 /* never freed */
};
/* Settings of all triggers. */
static struct conf_trigger common;

static void version(void) __attribute__((noreturn));

static void
version(void)
{
	puts("bpfstatsd " VERSION);
	if (fflush(stdout) == EOF)
		err(1, "stdout");
	exit(0);
}

/* Exits for a wrong value; wanted: the result of a value_ function. */
static void
check(int option, const char *value, const char *wanted)
{
	if (wanted != NULL)
		usage("-%c: \"%s\": not %s", option, value, wanted);
}

/* Adds a trigger, or clears the previous one of the same kind. */
static struct conf_trigger *
add_trigger(enum condition_kind kind, bool bytes)
{
	struct conf_trigger *ct;

	for (ct = triggers; ct < triggers + rule.cr_ntriggers; ct++)
		if (ct->ct_kind == kind && ct->ct_bytes == bytes)
			break;
	if (ct == triggers + rule.cr_ntriggers)
		rule.cr_ntriggers++;
	memset(ct, 0, sizeof(*ct));
	ct->ct_kind = kind;
	ct->ct_bytes = bytes;
	return ct;
}

/* -b and -c: count, or count/time. */
static void
add_amount(int ch, const char *arg, bool bytes)
{
	struct conf_trigger *ct;
	uint64_t n, time;

	if (bytes)
		check(ch, arg, value_size_rate(arg, &n, &time));
	else
		check(ch, arg, value_rate(arg, &n, &time));
	ct = add_trigger(time == 0 ? CONDITION_EVERY : CONDITION_RATE, bytes);
	ct->ct_count = n;
	ct->ct_time = time;
}

/* -t and -W. */
static void
add_time(int ch, const char *arg, enum condition_kind kind)
{
	uint64_t time;

	check(ch, arg, value_time(arg, CLOCK_MS, &time));
	add_trigger(kind, false)->ct_time = time;
}

/* -k: the parts of a key, with commas between them. */
static void
add_key(const char *arg)
{
	char part[KEY_TEXT_SPEC]; /* longer than any valid part */
	const char *why;
	size_t len;

	do {
		len = strcspn(arg, ",");
		snprintf(part, sizeof(part), "%.*s", (int)len, arg);
		if ((why = key_text_add(&common.ct_by, part)) != NULL)
			usage("-k: \"%s\": %s", part, why);
		arg += len;
	} while (*arg++ != '\0');
}

/* Options without a value. */
static void
flag(struct conf *c, int ch)
{
	switch (ch) {
	case 'n':
		c->c_dry = true;
		break;
	case 'v':
		c->c_verbose = true;
		break;
	case 'w':
		c->c_wait = true;
		break;
	case 'z':
		c->c_single = true;
		break;
	case 'V':
		version();
	case 'h':
		usage_help();
	case ':':
		usage("-%c: needs a value", optopt);
	default:
		usage("-%c: unknown option", optopt);
	}
}

/* Refuses a second -f, -i, -k or -r, of which only one would take effect. */
static void
only_once(int ch)
{
	static char given[sizeof(OPTIONS)];

	if (strchr(given, ch) != NULL)
		usage("-%c: given twice%s", ch,
		    ch == 'i' ?
			"; name several interfaces in a file of rules, see -f" :
			"");
	given[strlen(given)] = (char)ch;
}

/* Refuses a second option that reads standard input. */
static void
take_stdin(int ch, const char *arg)
{
	static int taken;

	if (strchr("Ffr", ch) == NULL || strcmp(arg, "-") != 0)
		return;
	if (taken != 0)
		usage("-%c: -%c reads standard input already", ch, taken);
	taken = ch;
}

/* Handles --help, --version and unknown long options. */
static void
long_option(const char *word)
{
	if (strncmp(word, "--", 2) != 0 || word[2] == '\0')
		return;
	if (strcmp(word, "--help") == 0)
		usage_help();
	if (strcmp(word, "--version") == 0)
		version();
	usage("%s: unknown option", word);
}

static void
option(struct conf *c, int ch, const char *arg)
{
	switch (ch) {
	case 'b':
	case 'c':
		add_amount(ch, arg, ch == 'b');
		break;
	case 'e':
	case 'F':
		if (rule.cr_filter != NULL)
			usage("-%c: there is a filter already", ch);
		rule.cr_filter = ch == 'e' ? arg : filter_file_read(arg);
		break;
	case 'f':
		c->c_file = arg;
		break;
	case 'i':
		rule.cr_interface = arg;
		break;
	case 'k':
		add_key(arg);
		break;
	case 'l':
		check(ch, arg, value_log(arg, &c->c_log));
		break;
	case 'm':
		check(ch, arg, value_time(arg, 0, &common.ct_interval));
		break;
	case 'o':
		check(ch, arg, value_policy(arg, &common.ct_policy));
		break;
	case 'p':
		check(ch, arg, value_print(arg, &c->c_print));
		break;
	case 'Q':
		check(ch, arg, value_direction(arg, &rule.cr_direction));
		break;
	case 's':
		if (arg[0] == '\0')
			check(ch, arg, "a path");
		c->c_socket_said = true;
		c->c_socket.cx_path = arg;
		c->c_socket.cx_mode = CONF_SOCKET_MODE;
		break;
	case 'T':
		check(ch, arg, value_time(arg, CLOCK_MS, &common.ct_timeout));
		break;
	case 't':
		add_time(ch, arg, CONDITION_IDLE);
		break;
	case 'W':
		add_time(ch, arg, CONDITION_WHILE);
		break;
	case 'r':
		c->c_savefile = arg;
		break;
	case 'u':
		c->c_user_said = true;
		c->c_user = arg;
		break;
	default:
		flag(c, ch);
	}
}

/* Exits for an option that cannot be used with -f. */
static void
refuse_with_file(int ch)
{
	usage("-%c: cannot be used with -f%s", ch,
	    ch == 'z' ? "" : "; set it in the rules file");
}

/* Exits for an option that cannot be used with -r. */
static void
check_savefile(const struct conf *c)
{
	if (c->c_wait)
		usage("-w: cannot be used with -r");
	if (c->c_socket.cx_path != NULL)
		usage("-s: cannot be used with -r");
}

/* Takes the user and the socket of the file, where they are needed. */
static void
take_settings(struct conf *c)
{
	bool runs = c->c_savefile == NULL || !c->c_dry;

	if (!c->c_user_said && runs)
		c->c_user = c->c_rules->cs_user;
	if (!c->c_socket_said && c->c_savefile == NULL)
		c->c_socket = c->c_rules->cs_socket;
}

/* Reads the rules file; with -n and without -r exits after checking it. */
static void
take_file(struct conf *c, const char *others, bool command)
{
	if (others[0] != '\0')
		refuse_with_file(others[0]);
	if (command)
		usage("command: cannot be used with -f; set it in the rules "
		      "file");
	if (c->c_savefile != NULL)
		check_savefile(c);
	if ((c->c_rules = parse_file(c->c_file, conf_parse_mode(c))) == NULL)
		exit(2);
	conf_hold(c->c_rules);
	take_settings(c);
	if (!c->c_dry || c->c_savefile != NULL)
		return;
	if (c->c_verbose &&
	    (conf_print(c->c_rules, stdout) == -1 || fflush(stdout) == EOF))
		err(1, "stdout");
	exit(conf_check_commands(c) ? 0 : 2);
}

/* Checks options against each other, and sets the interface. */
static void
check_together(struct conf *c)
{
	if (c->c_savefile == NULL) {
		if (c->c_dry)
			usage("-n: needs -r or -f; to see events on an "
			      "interface, run true with -v");
		if (rule.cr_interface == NULL)
			rule.cr_interface = DEFAULT_INTERFACE;
		return;
	}
	if (rule.cr_interface != NULL)
		usage("-i: cannot be used with -r");
	check_savefile(c);
	if (rule.cr_direction != DIRECTION_INOUT)
		usage("-Q: cannot be used with -r: most savefiles have no "
		      "direction; for Linux cooked packets (SLL and SLL2, of "
		      "\"tcpdump -i any\") and packets of pflog use -e inbound "
		      "or -e outbound");
	rule.cr_interface = c->c_savefile;
}

/* Gives a trigger the key of -k. */
static void
set_key(struct conf_trigger *ct)
{
	const char *why;

	ct->ct_runs = 1;
	if (common.ct_by.ks_n == 0)
		return;
	if (ct->ct_kind == CONDITION_WHILE)
		usage("-k: cannot be used with -W");
	ct->ct_by = common.ct_by;
	ct->ct_keys = KEY_TABLE_KEYS;
	if ((why = conf_key_count(ct)) != NULL)
		usage("-%c: %s", ct->ct_bytes ? 'b' : 'c', why);
}

/* Exits for a part of the key that packets of the log group do not have. */
static void
check_key(void)
{
	const struct key_spec *ks = &common.ct_by;
	const char *why;
	size_t i;

	if (!conf_log_group(rule.cr_interface))
		return;
	for (i = 0; i < ks->ks_n; i++) {
		why = conf_log_group_lacks(ks->ks_parts[i].kp_kind);
		if (why != NULL)
			usage("-k: \"%s\": %s; count on an interface, see -i",
			    key_text_kind(ks->ks_parts[i].kp_kind), why);
	}
}

/* Completes the triggers of the command line; argv: the command. */
static void
complete_triggers(const struct conf *c, char **argv)
{
	struct conf_trigger *ct;

	check_key();
	if (argv[0] == NULL && !c->c_dry && c->c_print == CONF_PRINT_NONE)
		usage("command: missing; name the program to run, or print "
		      "events with -p");
	if (rule.cr_ntriggers == 0)
		add_trigger(CONDITION_EVERY, false)->ct_count = 1;
	for (ct = triggers; ct < triggers + rule.cr_ntriggers; ct++) {
		if (ct->ct_kind == CONDITION_WHILE &&
		    common.ct_policy != POLICY_ONCE)
			usage("-o: cannot be used with -W");
		ct->ct_policy = common.ct_policy;
		ct->ct_interval = common.ct_interval;
		ct->ct_timeout = common.ct_timeout;
		set_key(ct);
		ct->ct_argv = argv[0] != NULL || c->c_dry ? argv : NULL;
	}
}

void
options_parse(struct conf *c, int argc, char **argv)
{
	char others[2] = "";
	int ch;

	memset(c, 0, sizeof(*c));
	c->c_rules = &rules;
	/*
	 * "+": GNU getopt stops at the command, as other systems do.
	 * ":": getopt returns ':' for a missing value, '?' for an unknown
	 * option.
	 */
	opterr = 0;
	for (;;) {
		if (optind < argc)
			long_option(argv[optind]);
		if ((ch = getopt(argc, argv, "+:" OPTIONS)) == -1)
			break;
		if (strchr("bceFikmoQTtWz", ch) != NULL)
			others[0] = (char)ch;
		if (strchr("fikr", ch) != NULL)
			only_once(ch);
		take_stdin(ch, optarg);
		option(c, ch, optarg);
	}
	if (c->c_file != NULL) {
		take_file(c, others, optind < argc);
	} else {
		check_together(c);
		complete_triggers(c, argv + optind);
	}
}
