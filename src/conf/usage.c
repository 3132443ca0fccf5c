/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/usage.h"

static const char usage_text[] =
    "usage: bpfstatsd [-hnVvwz] [-b bytes[/time]] [-c count[/time]]\n"
    "                 [-e expression] [-F file] [-i interface] [-k key]\n"
    "                 [-l log] [-m time] [-o policy] [-p format]\n"
    "                 [-Q direction] [-r savefile] [-s socket] [-T time]\n"
    "                 [-t time] [-u user] [-W time] command [argument ...]\n"
    "       bpfstatsd [-nvw] [-l log] [-p format] [-r savefile] [-s socket]\n"
    "                 [-u user] -f file\n";

static const char help_text[] =
    "\n"
    "Runs a command for every N packets on a network interface.\n"
    "\n"
    "  -b bytes[/time]\n"
    "                bytes for an event, such as 1500, 64K, 10M, 2G or 1T;\n"
    "                with a time, an event when the bytes come within the\n"
    "                time\n"
    "  -c count[/time]\n"
    "                the same for packets (1)\n"
    "  -e expression count only packets matching a pcap-filter(7) expression\n"
    "  -F file       the same, with the expression in a file, - is stdin\n"
    "  -f file       rules from a file, see bpfstatsd.conf(5), and no command\n"
    "  -i interface  interface to count on, any for all (%s)\n"
    "  -k key        count apart by key, such as source, source/24/64, port "
    "or\n"
    "                source,port; each key has its own events\n"
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
    "  -p format     print a line for each run, as text or json, and run the\n"
    "                command if there is one\n"
    "  -Q direction  count packets in, out, or inout, both (inout)\n"
    "  -r savefile   count the packets of a capture file, in file time\n"
    "  -s socket     serve statistics on a socket, see bpfstatsctl(8)\n"
    "  -T time       end a run after a time (never)\n"
    "  -t time       event when no packet came for a time\n"
    "  -u user       run the command as a user (the user who starts "
    "bpfstatsd)\n"
    "  -v            log how packets are counted, and each run\n"
    "  -w            wait for a missing interface\n"
    "  -W time       start the command at the first packet, and end it when\n"
    "                no packet came for a time\n"
    "  -z            exit after the first run, with the command's status\n"
    "  -V            print the version\n"
    "  -h            print this help\n"
    "\n"
    "A time is 10, 500ms, 10s, 15m, 2h or 30d; a bare number is seconds.\n"
    "-b, -c, -t and -W can be combined: each has separate events.\n"
    "A key has 1 to 4 of source, destination, source-port, port, mac,\n"
    "destination-mac and vlan; a prefix of addresses is /bits, for IPv4, or\n"
    "/bits/bits, for IPv4 and IPv6.\n"
    "\n"
    "Environment of the command: BPFSTATSD_EVENT, BPFSTATSD_RULE and\n"
    "BPFSTATSD_INTERFACE name the cause of the run; BPFSTATSD_EVENTS and\n"
    "BPFSTATSD_COUNT are the events of the run and the packets or bytes;\n"
    "BPFSTATSD_TOTAL is the number of packets so far, and BPFSTATSD_BYTES the\n"
    "number of bytes if bytes count; BPFSTATSD_KEY is the key of -k.\n"
    "\n"
    "SIGUSR1 logs statistics; SIGTERM ends bpfstatsd and the command.\n"
    "\n"
    "Examples:\n"
    "  bpfstatsd -c 100 -i eth0 echo 'a hundred more'\n"
    "  bpfstatsd -i eth0 -Q in -e 'tcp dst port 9000' logger camera\n"
    "  bpfstatsd -i eth0 -m 1m -u nobody logger 'there is traffic'\n"
    "  bpfstatsd -i eth0 -c 500/10s -o drop logger 'a crowd'\n"
    "  bpfstatsd -i eth0 -c 500/10s -k source -o drop logger 'a crowd of one'\n"
    "  bpfstatsd -i eth0 -t 15m -e 'tcp port 9000' logger unused\n"
    "  bpfstatsd -z -i eth0 true && echo 'the first packet has come'\n"
    "\n"
    "The manual has the rest: man bpfstatsd.\n";

void
usage_help(void)
{
	printf("%s", usage_text);
	printf(help_text, DEFAULT_INTERFACE);
	if (fflush(stdout) == EOF)
		err(1, "stdout");
	exit(0);
}

void
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
