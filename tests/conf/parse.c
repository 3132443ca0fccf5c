/*
 * parse [-s] file: the canonical form of a file of rules to standard output,
 * after it was parsed again and has become the same rules and the same text;
 * or what is wrong with it to standard error, and 1.  With -s nobody but root
 * and the user may be able to write the file.
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
		errx(2, "parsed again there are more or fewer");
	for (i = 0; i < a->cs_nrules; i++)
		if (!conf_same_rule(&a->cs_rules[i], &b->cs_rules[i]))
			errx(2, "parsed again, rule %zu differs", i);
	if (strcmp(a->cs_user != NULL ? a->cs_user : "",
		b->cs_user != NULL ? b->cs_user : "") != 0)
		errx(2, "parsed again, the user differs");
}

int
main(int argc, char **argv)
{
	struct conf_rules *rules, *again;
	bool strict = argc > 2 && strcmp(argv[1], "-s") == 0;
	bool reload = argc > 2 && strcmp(argv[1], "-r") == 0;
	char *text, *twice;

	if (argc != 2 + (strict || reload))
		errx(2, "usage: parse [-r | -s] file");
	rules = reload ? parse_file_again(argv[2], false) :
			 parse_file(argv[argc - 1], strict);
	if (rules == NULL)
		return 1;
	text = print(rules);
	if ((again = parse_text(text, strlen(text))) == NULL)
		errx(2, "the canonical form is none");
	twice = print(again);
	if (strcmp(text, twice) != 0)
		errx(2, "the canonical form has another one");
	compare(rules, again);
	if (fputs(text, stdout) == EOF || fflush(stdout) == EOF)
		err(2, "stdout");
	free(text);
	free(twice);
	conf_free(rules);
	conf_free(again);
	return 0;
}
