#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "source.h"
#include "text.h"
#include "value.h"

#define OPTIONS "hnVvwzc:e:F:i:o:m:Q:r:T:u:"

static const char usage_text[] =
    "usage: bpfstatsd [-hnVvwz] [-c count] [-e expression] [-F file]\n"
    "                 [-i interface] [-m time] [-o policy] [-Q direction]\n"
    "                 [-r savefile] [-T time] [-u user]\n"
    "                 command [argument ...]\n";

static const char help_text[] =
    "\n"
    "Runs a command for every so many packets on a network interface.\n"
    "\n"
    "  -c count      packets a run, a whole number (1)\n"
    "  -e expression count only packets that it accepts, see pcap-filter(7)\n"
    "  -F file       the same, with the expression in a file, - is stdin\n"
    "  -i interface  where they are counted, any for everywhere (%s)\n"
    "  -m time       at least this long between two starts (0)\n"
    "  -o policy     when the command still runs at the next count (once):\n"
    "                once     run it once more for all that came meanwhile\n"
    "                drop     forget what came meanwhile\n"
    "                queue    run it later, once for each\n"
    "                restart  end it and start it anew\n"
    "  -n            with -r: run nothing, print a line for each run\n"
    "  -Q direction  count packets that come in, go out, or both (inout)\n"
    "  -r savefile   count the packets of a capture file, in its own time\n"
    "  -T time       end a run that takes longer (never)\n"
    "  -u user       run the command as this user (who started bpfstatsd)\n"
    "  -v            say what happens\n"
    "  -w            wait for an interface that is not there yet\n"
    "  -z            end after the first run, with its exit status\n"
    "  -V            print the version\n"
    "  -h            print this help\n"
    "\n"
    "A time is 10, 500ms, 10s, 15m or 2h; a bare number is seconds.\n"
    "\n"
    "The command is told about itself in the environment: BPFSTATSD_EVENT,\n"
    "BPFSTATSD_RULE, BPFSTATSD_INTERFACE, and how many events and packets it\n"
    "stands for and were counted: BPFSTATSD_EVENTS, BPFSTATSD_COUNT and\n"
    "BPFSTATSD_TOTAL.  SIGUSR1 prints statistics, SIGTERM ends it all.\n"
    "\n"
    "Examples:\n"
    "  bpfstatsd -c 100 -i eth0 echo 'a hundred more'\n"
    "  bpfstatsd -i eth0 -Q in -e 'tcp dst port 9000' logger camera\n"
    "  bpfstatsd -i eth0 -m 1m -u nobody logger 'there is traffic'\n"
    "  bpfstatsd -z -i eth0 true && echo 'the first packet has come'\n"
    "\n"
    "The manual has the rest: man bpfstatsd.\n";

static void help(void) __attribute__((noreturn));
static void usage(const char *, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

static void
help(void)
{
	printf("%s", usage_text);
	printf(help_text, source_default);
	if (fflush(stdout) == EOF)
		err(1, "stdout");
	exit(0);
}

static void
usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwarnx(fmt, ap);
	va_end(ap);
	fputs(usage_text, stderr);
	exit(2);
}

static void
check(int option, const char *value, const char *wanted)
{
	if (wanted != NULL)
		usage("-%c: \"%s\": not %s", option, value, wanted);
}

static void
option(struct conf *c, int ch, const char *arg)
{
	switch (ch) {
	case 'c':
		check(ch, arg, value_count(arg, &c->c_count));
		break;
	case 'e':
	case 'F':
		if (c->c_filter != NULL)
			usage("-%c: there is a filter already", ch);
		c->c_filter = ch == 'e' ? arg : text_read(arg);
		break;
	case 'i':
		c->c_interface = arg;
		break;
	case 'm':
		check(ch, arg, value_time(arg, 0, &c->c_interval));
		break;
	case 'n':
		c->c_dry = true;
		break;
	case 'o':
		check(ch, arg, value_policy(arg, &c->c_policy));
		break;
	case 'Q':
		check(ch, arg, value_direction(arg, &c->c_direction));
		break;
	case 'r':
		c->c_savefile = arg;
		break;
	case 'T':
		check(ch, arg, value_time(arg, CLOCK_MS, &c->c_timeout));
		break;
	case 'u':
		c->c_user = arg;
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
		puts("bpfstatsd " VERSION);
		if (fflush(stdout) == EOF)
			err(1, "stdout");
		exit(0);
	case 'h':
		help();
	case ':':
		usage("-%c: needs a value", optopt);
	default:
		usage("-%c: unknown option", optopt);
	}
}

/* What one option means for another. */
static void
settle(struct conf *c)
{
	if (c->c_savefile == NULL) {
		if (c->c_dry)
			usage("-n: needs -r");
		if (c->c_interface == NULL)
			c->c_interface = source_default;
		return;
	}
	if (c->c_interface != NULL)
		usage("-i: not with -r");
	if (c->c_direction != SOURCE_INOUT)
		usage("-Q: a savefile tells no direction; where its link type "
		      "does, use -e inbound or -e outbound");
	c->c_interface = c->c_savefile;
}

void
conf_options(struct conf *c, int argc, char **argv)
{
	int ch;

	memset(c, 0, sizeof(*c));
	c->c_count = 1;
	/*
	 * "+": GNU getopt would look for options behind the command, too.
	 * ":": tell a value that is missing from an option that is not ours.
	 */
	opterr = 0;
	while ((ch = getopt(argc, argv, "+:" OPTIONS)) != -1)
		option(c, ch, optarg);
	settle(c);
	if (optind == argc && !c->c_dry)
		usage("command: missing, name the program to run");
	c->c_argv = argv + optind;
}
