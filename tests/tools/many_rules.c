/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The daemon with another command line, to test many rules at once:
 *
 *   many_rules [-vw] [-c count] [-e text] [-i interface] [-n rules] [-p first]
 *       command [argument ...]
 *
 * Rule K, named rK, has the filter "text N" with N = first + K, or "text"
 * without -p.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"

#define RULES_MAX 1000

static struct conf_rules rules = { .cs_holders = 1 /* never freed */ };
static struct conf_rule list[RULES_MAX];
static struct conf_trigger triggers[RULES_MAX];

/* Common to all rules. */
static const char *text = "udp dst port", *interface = "v1";
static unsigned long long count = 1, first;

static unsigned long long
number(const char *arg, unsigned long long max)
{
	char *end;
	unsigned long long n = strtoull(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end != '\0' || n > max)
		errx(2, "%s: not a number up to %llu", arg, max);
	return n;
}

static void
option(struct conf *c, int ch, const char *arg)
{
	switch (ch) {
	case 'c':
		count = number(arg, UINT64_MAX);
		break;
	case 'e':
		text = arg;
		break;
	case 'i':
		interface = arg;
		break;
	case 'n':
		rules.cs_nrules = number(arg, RULES_MAX);
		break;
	case 'p':
		first = number(arg, UINT16_MAX);
		break;
	case 'v':
		c->c_verbose = true;
		break;
	case 'w':
		c->c_wait = true;
		break;
	default:
		errx(2,
		    "usage: many_rules [-vw] [-c count] [-e text] "
		    "[-i interface] [-n rules] [-p first] command ...");
	}
}

static void
make(size_t k, char **argv)
{
	struct conf_rule *r = &list[k];
	char *name, *filter;

	if (asprintf(&name, "r%zu", k) == -1 ||
	    (first == 0 ? asprintf(&filter, "%s", text) :
			  asprintf(&filter, "%s %llu", text, first + k)) == -1)
		err(1, "rules");
	triggers[k] = (struct conf_trigger){ .ct_kind = CONDITION_EVERY,
		.ct_count = count,
		.ct_runs = 1,
		.ct_argv = argv };
	*r = (struct conf_rule){ .cr_name = name,
		.cr_interface = interface,
		.cr_interfaces = &interface,
		.cr_ninterfaces = 1,
		.cr_filter = filter,
		.cr_triggers = &triggers[k],
		.cr_ntriggers = 1 };
}

/* Replaces src/conf/options.c. */
void
options_parse(struct conf *c, int argc, char **argv)
{
	size_t k;
	int ch;

	memset(c, 0, sizeof(*c));
	c->c_rules = &rules;
	rules.cs_rules = list;
	rules.cs_nrules = 100;
	while ((ch = getopt(argc, argv, "+c:e:i:n:p:vw")) != -1)
		option(c, ch, optarg);
	if (optind == argc)
		errx(2, "command: missing");
	for (k = 0; k < rules.cs_nrules; k++)
		make(k, argv + optind);
}
