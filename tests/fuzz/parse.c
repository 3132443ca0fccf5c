/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Fuzzes the parser of rules.  Accepted rules must be printed, and parsing the
 * print must give the same rules and the same print.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/conf_print.h"
#include "fuzz.h"

static char *
print(const struct conf_rules *rules)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL || conf_print(rules, f) == -1 || fclose(f) == EOF)
		abort();
	return text;
}

/* Parses without messages on stderr, where libFuzzer's own appear. */
static struct conf_rules *
quietly(const char *text, size_t len)
{
	static int null = -1, stderr_copy = -1;
	struct conf_rules *rules;

	if (null == -1) {
		null = open("/dev/null", O_WRONLY);
		stderr_copy = dup(STDERR_FILENO);
	}
	if (dup2(null, STDERR_FILENO) == -1)
		abort();
	rules = parse_text(text, len);
	if (dup2(stderr_copy, STDERR_FILENO) == -1)
		abort();
	return rules;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct conf_rules *rules, *again;
	char *text, *twice;
	size_t i;

	if ((rules = quietly((const char *)data, len)) == NULL)
		return 0;
	text = print(rules);
	if ((again = parse_text(text, strlen(text))) == NULL)
		abort();
	twice = print(again);
	if (strcmp(text, twice) != 0 || rules->cs_nrules != again->cs_nrules)
		abort();
	for (i = 0; i < rules->cs_nrules; i++)
		if (!conf_same_rule(&rules->cs_rules[i], &again->cs_rules[i]))
			abort();
	free(text);
	free(twice);
	conf_free(rules);
	conf_free(again);
	return 0;
}
