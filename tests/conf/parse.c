/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * parse [-p | -r | -s] file: prints the canonical form of a rules file, after
 * checking that this form parses to equal rules and prints as the same text.
 * Exits with 1 after errors in the file.  -p: triggers need no command.  -r: as
 * a reload reads it.  -s: refuse files that others than root and the user can
 * write.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/conf_print.h"

static char *
print(const struct conf_rules *rules)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL || conf_print(rules, f) == -1 || fclose(f) == EOF)
		err(2, "conf_print");
	return text;
}

static void
compare(const struct conf_rules *a, const struct conf_rules *b)
{
	size_t i;

	if (a->cs_nrules != b->cs_nrules ||
	    conf_triggers(a) != conf_triggers(b))
		errx(2, "canonical form: another number of rules or triggers");
	for (i = 0; i < a->cs_nrules; i++)
		if (!conf_same_rule(&a->cs_rules[i], &b->cs_rules[i]))
			errx(2, "canonical form: rule %zu differs", i);
	if (strcmp(a->cs_user != NULL ? a->cs_user : "",
		b->cs_user != NULL ? b->cs_user : "") != 0)
		errx(2, "canonical form: the user differs");
}

int
main(int argc, char **argv)
{
	struct conf_rules *rules, *again;
	struct parse_mode mode = { false, false };
	bool reload = false;
	char *text, *twice;
	int ch;

	while ((ch = getopt(argc, argv, "prs")) != -1) {
		mode.pm_commandless = mode.pm_commandless || ch == 'p';
		mode.pm_trusted = mode.pm_trusted || ch == 's';
		reload = reload || ch == 'r';
	}
	if (argc != optind + 1)
		errx(2, "usage: parse [-prs] file");
	rules = reload ? parse_file_again(argv[optind], mode, NULL) :
			 parse_file(argv[optind], mode);
	if (rules == NULL)
		return 1;
	text = print(rules);
	if ((again = parse_text(text, strlen(text))) == NULL)
		errx(2, "canonical form: cannot be parsed");
	twice = print(again);
	if (strcmp(text, twice) != 0)
		errx(2, "canonical form: prints as another text");
	compare(rules, again);
	if (fputs(text, stdout) == EOF || fflush(stdout) == EOF)
		err(2, "stdout");
	free(text);
	free(twice);
	conf_free(rules);
	conf_free(again);
	return 0;
}
