/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "conf/conf_check.h"
#include "conf/conf_print.h"
#include "conf/value.h"
#include "filter/filter_file.h"

#define OPTIONS "hnVvwzb:c:e:F:f:i:l:o:m:Q:r:s:T:t:u:"

static const char usage_text[] =
    "usage: bpfstatsd [-hnVvwz] [-b bytes[/time]] [-c count[/time]]\n"
    "                 [-e expression] [-F file] [-i interface] [-l log]\n"
    "                 [-m time] [-o policy] [-Q direction] [-r savefile]\n"
    "                 [-s socket] [-T time] [-t time] [-u user]\n"
    "                 command [argument ...]\n"
    "       bpfstatsd [-nvw] [-l log] [-s socket] [-u user] -f file\n";

static const char help_text[] =
    "\n"
    "Runs a command for every N packets on a network interface.\n"
    "\n"
    "  -b bytes[/time]\n"
    "                bytes for an event, such as 1500, 64K, 10M or 2G; with a\n"
    "                time, an event when the bytes come within the time\n"
    "  -c count[/time]\n"
    "                the same for packets (1)\n"
    "  -e expression count only packets matching a pcap-filter(7) expression\n"
    "  -F file       the same, with the expression in a file, - is stdin\n"
    "  -f file       rules from a file, see bpfstatsd.conf(5), and no command\n"
    "  -i interface  interface to count on, any for all (%s)\n"
    "  -l log        log to stderr, as json (an object a line, on stderr) or\n"
    "                to syslog (stderr)\n"
    "  -m time       least time between two starts (0)\n"
    "  -o policy     for events while the command runs (once):\n"
    "                once     one more run for all events\n"
    "                drop     ignore the events\n"
    "                queue    a run for each event\n"
    "                restart  end the run, and start again\n"
    "  -n            with -r: run nothing, print a line for each run; with "
    "-f:\n"
    "                report errors and exit, with -v print the rules\n"
    "  -Q direction  count packets in, out, or inout, both (inout)\n"
    "  -r savefile   count the packets of a capture file, in file time\n"
    "  -s socket     serve statistics on a socket, see bpfstatsctl(8)\n"
    "  -T time       end a run after a time (never)\n"
    "  -t time       event when no packet came for a time\n"
    "  -u user       run the command as a user (the user who starts "
    "bpfstatsd)\n"
    "  -v            log how packets are counted, and each run\n"
    "  -w            wait for a missing interface\n"
    "  -z            exit after the first run, with the command's status\n"
    "  -V            print the version\n"
    "  -h            print this help\n"
    "\n"
    "A time is 10, 500ms, 10s, 15m or 2h; a bare number is seconds.\n"
    "-b, -c and -t can be combined: each has separate events and runs.\n"
    "\n"
    "Environment of the command: BPFSTATSD_EVENT, BPFSTATSD_RULE and\n"
    "BPFSTATSD_INTERFACE name the cause of the run; BPFSTATSD_EVENTS and\n"
    "BPFSTATSD_COUNT are the events of the run and the packets or bytes;\n"
    "BPFSTATSD_TOTAL is the number of packets so far, and BPFSTATSD_BYTES the\n"
    "number of bytes if bytes count.\n"
    "\n"
    "SIGUSR1 logs statistics; SIGTERM ends bpfstatsd and the command.\n"
    "\n"
    "Examples:\n"
    "  bpfstatsd -c 100 -i eth0 echo 'a hundred more'\n"
    "  bpfstatsd -i eth0 -Q in -e 'tcp dst port 9000' logger camera\n"
    "  bpfstatsd -i eth0 -m 1m -u nobody logger 'there is traffic'\n"
    "  bpfstatsd -i eth0 -c 500/10s -o drop logger 'a crowd'\n"
    "  bpfstatsd -i eth0 -t 15m -e 'tcp port 9000' logger unused\n"
    "  bpfstatsd -z -i eth0 true && echo 'the first packet has come'\n"
    "\n"
    "The manual has the rest: man bpfstatsd.\n";

/* The rule of a command line. */
static struct conf_trigger triggers[5];
static struct conf_rule rule = { .cr_triggers = triggers };
static struct conf_rules rules = {
	.cs_rules = &rule,
	.cs_nrules = 1,
	.cs_holders = 1 /* never freed */
};
/* Settings of all triggers. */
static struct conf_trigger common;

static void help(void) __attribute__((noreturn));
static void version(void) __attribute__((noreturn));
static void usage(const char *, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

static void
help(void)
{
	printf("%s", usage_text);
	printf(help_text, DEFAULT_INTERFACE);
	if (fflush(stdout) == EOF)
		err(1, "stdout");
	exit(0);
}

static void
version(void)
{
	puts("bpfstatsd " VERSION);
	if (fflush(stdout) == EOF)
		err(1, "stdout");
	exit(0);
}

/* Prints what is wrong and one line of usage. */
static void
usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwarnx(fmt, ap);
	va_end(ap);
	fputs("usage: bpfstatsd [options] command [argument ...]; "
	      "-h prints the options\n",
	    stderr);
	exit(2);
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

static void
add_idle(int ch, const char *arg)
{
	uint64_t time;

	check(ch, arg, value_time(arg, CLOCK_MS, &time));
	add_trigger(CONDITION_IDLE, false)->ct_time = time;
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
		help();
	case ':':
		usage("-%c: needs a value", optopt);
	default:
		usage("-%c: unknown option", optopt);
	}
}

/* Refuses a second -f, -i or -r, of which only one would take effect. */
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

/* Handles --help, --version and unknown long options. */
static void
long_option(const char *word)
{
	if (strncmp(word, "--", 2) != 0 || word[2] == '\0')
		return;
	if (strcmp(word, "--help") == 0)
		help();
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
	case 'l':
		check(ch, arg, value_log(arg, &c->c_log));
		break;
	case 'm':
		check(ch, arg, value_time(arg, 0, &common.ct_interval));
		break;
	case 'o':
		check(ch, arg, value_policy(arg, &common.ct_policy));
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
		add_idle(ch, arg);
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
	const char *instead = "; set it in the rules file";

	if (ch == 'r')
		instead = "; to try a rule on a capture file, give the rule "
			  "as options";
	else if (ch == 'z')
		instead = "";
	usage("-%c: cannot be used with -f%s", ch, instead);
}

/* Reads the rules file; with -n exits after checking it. */
static void
take_file(struct conf *c, const char *others, bool command)
{
	if (others[0] != '\0')
		refuse_with_file(others[0]);
	if (command)
		usage("command: cannot be used with -f; set it in the rules "
		      "file");
	if ((c->c_rules = parse_file(c->c_file, getuid() == 0)) == NULL)
		exit(2);
	conf_hold(c->c_rules);
	if (!c->c_user_said)
		c->c_user = c->c_rules->cs_user;
	if (!c->c_socket_said)
		c->c_socket = c->c_rules->cs_socket;
	if (!c->c_dry)
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
	if (c->c_wait)
		usage("-w: cannot be used with -r");
	if (c->c_socket.cx_path != NULL)
		usage("-s: cannot be used with -r");
	if (rule.cr_direction != DIRECTION_INOUT)
		usage("-Q: cannot be used with -r: most savefiles have no "
		      "direction; for Linux cooked packets (SLL and SLL2, of "
		      "\"tcpdump -i any\") and packets of pflog use -e inbound "
		      "or -e outbound");
	rule.cr_interface = c->c_savefile;
}

void
options_parse(struct conf *c, int argc, char **argv)
{
	char others[2] = "";
	size_t i;
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
		if (strchr("bceFimoQrTtz", ch) != NULL)
			others[0] = (char)ch;
		if (strchr("fir", ch) != NULL)
			only_once(ch);
		option(c, ch, optarg);
	}
	if (c->c_file != NULL) {
		take_file(c, others, optind < argc);
		return;
	}
	check_together(c);
	if (optind == argc && !c->c_dry)
		usage("command: missing; name the program to run");
	if (rule.cr_ntriggers == 0)
		add_trigger(CONDITION_EVERY, false)->ct_count = 1;
	for (i = 0; i < rule.cr_ntriggers; i++) {
		triggers[i].ct_policy = common.ct_policy;
		triggers[i].ct_interval = common.ct_interval;
		triggers[i].ct_timeout = common.ct_timeout;
		triggers[i].ct_argv = argv + optind;
	}
}
