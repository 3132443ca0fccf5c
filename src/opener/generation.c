/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "conf/conf_print.h"
#include "opener/generation.h"

void
generation_none(struct generation *ge)
{
	*ge = (struct generation){ .ge_sources = {
				       .so_shared = SOURCE_SHARED_NONE } };
}

static int
print_text(const struct generation *ge, FILE *fp)
{
	char **how = ge->ge_sources.so_how;

	if (conf_print(ge->ge_rules, fp) == -1 ||
	    fprintf(fp, "%c%zu\n", '\0', ge->ge_sources.so_n) < 0)
		return -1;
	for (; *how != NULL; how++)
		if (fprintf(fp, "%s\n", *how) < 0)
			return -1;
	return 0;
}

static int
write_text(const struct generation *ge, int text)
{
	FILE *fp;
	int fd, result;

	if (ftruncate(text, 0) == -1 || lseek(text, 0, SEEK_SET) == -1 ||
	    (fd = dup(text)) == -1)
		return -1;
	if ((fp = fdopen(fd, "w")) == NULL) {
		close(fd);
		return -1;
	}
	result = print_text(ge, fp);
	return fclose(fp) == EOF ? -1 : result;
}

int
generation_open(struct generation *next, const struct generation *now,
    const struct conf *c, const struct priv *priv, int text)
{
	const struct sources_before before = { &now->ge_sources,
		&next->ge_diff };

	if (conf_diff_rules(&next->ge_diff, now->ge_rules, next->ge_rules) ==
	    -1) {
		log_warn("%s", c->c_file);
		return -1;
	}
	if (source_set_open(&next->ge_sources, next->ge_rules, c->c_wait, priv,
		&before) == -1)
		return -1;
	if (write_text(next, text) == 0)
		return 0;
	log_warn("%s: cannot send the rules to the runner", c->c_file);
	return -1;
}

void
generation_leave(struct generation *ge, const struct generation *stays)
{
	source_set_leave(&ge->ge_sources, &stays->ge_sources);
	conf_diff_free(&ge->ge_diff);
	conf_free(ge->ge_rules);
	generation_none(ge);
}
