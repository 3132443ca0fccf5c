/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf_error.h"

/* Characters of a quoted text in a message, at most. */
#define SHOWN 60

/* Returns "file:line: problem", for the caller to free; NULL: no memory. */
static char *
compose(const struct conf_pos *at, const char *fmt, va_list ap)
{
	char *what, *text;
	int n;

	if (vasprintf(&what, fmt, ap) == -1)
		return NULL;
	if (at->pl_line == 0)
		n = asprintf(&text, "%s: %s", at->pl_file, what);
	else
		n = asprintf(
		    &text, "%s:%u: %s", at->pl_file, at->pl_line, what);
	free(what);
	return n == -1 ? NULL : text;
}

/*
 * Inserts an error in file order, unless it is there already; takes over the
 * text.  The parser finds some errors later than others.
 */
static void
insert(struct conf_errors *ps, unsigned long order, char *text)
{
	struct conf_error *pr = ps->ps_list + ps->ps_count;

	for (; pr > ps->ps_list && pr[-1].pr_order >= order; pr--) {
		if (strcmp(pr[-1].pr_text, text) == 0) {
			free(text);
			return;
		}
		if (pr[-1].pr_order == order)
			break;
	}
	memmove(pr + 1, pr,
	    (size_t)(ps->ps_list + ps->ps_count - pr) * sizeof(*pr));
	pr->pr_order = order;
	pr->pr_text = text;
	ps->ps_count++;
}

static void
vadd(struct conf_errors *ps, const struct conf_pos *at, const char *fmt,
    va_list ap)
{
	char *text;

	if (ps->ps_fatal)
		return;
	if (ps->ps_count == CONF_ERROR_MAX) {
		ps->ps_more = ps->ps_fatal = true;
		return;
	}
	if ((text = compose(at, fmt, ap)) == NULL)
		conf_error_memory(ps);
	else
		insert(ps, at->pl_order, text);
}

void
conf_error_add(
    struct conf_errors *ps, const struct conf_pos *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vadd(ps, at, fmt, ap);
	va_end(ap);
}

void
conf_error_fatal(
    struct conf_errors *ps, const struct conf_pos *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vadd(ps, at, fmt, ap);
	va_end(ap);
	ps->ps_fatal = true;
}

void
conf_error_memory(struct conf_errors *ps)
{
	ps->ps_memory = ps->ps_fatal = true;
}

static void
report(FILE *fp, const char *text)
{
	if (fp == NULL)
		log_warnx("%s", text);
	else
		fprintf(fp, "%s\n", text);
}

bool
conf_error_report(struct conf_errors *ps, FILE *fp)
{
	bool any = ps->ps_count != 0 || ps->ps_fatal;
	char more[64];
	size_t i;

	for (i = 0; i < ps->ps_count; i++) {
		if (!ps->ps_memory)
			report(fp, ps->ps_list[i].pr_text);
		free(ps->ps_list[i].pr_text);
	}
	snprintf(more, sizeof(more), "rules: more problems than these %d",
	    CONF_ERROR_MAX);
	if (ps->ps_memory)
		report(fp, "rules: out of memory");
	else if (ps->ps_more)
		report(fp, more);
	memset(ps, 0, sizeof(*ps));
	return any;
}

const char *
conf_error_quote(const char *text)
{
	static char shown[SHOWN + sizeof("...")];
	size_t len = strlen(text);

	snprintf(shown, sizeof(shown), "%.*s%s", SHOWN, text,
	    len > SHOWN ? "..." : "");
	return shown;
}
