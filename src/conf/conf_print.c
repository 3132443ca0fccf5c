/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "conf/conf_print.h"
#include "conf/lexer.h"
#include "conf/value.h"
#include "conf/when.h"
#include "engine/key_table.h"

static int
print_string(const char *text, FILE *f)
{
	putc('"', f);
	for (; *text != '\0'; text++) {
		if (((unsigned char)*text < ' ' && *text != '\t') ||
		    *text == 127) {
			errno = EILSEQ;
			return -1;
		}
		if (*text == '"' || *text == '\\')
			putc('\\', f);
		putc(*text, f);
	}
	putc('"', f);
	return 0;
}

static int
print_word(const char *text, FILE *f)
{
	if (!lexer_plain(text))
		return print_string(text, f);
	fputs(text, f);
	return 0;
}

static void
print_time(const char *name, uint64_t time, FILE *f)
{
	char text[VALUE_TEXT];

	if (time != 0)
		fprintf(f, " %s %s", name, value_time_text(time, text));
}

static int
print_command(char *const *argv, FILE *f)
{
	fputs(" run", f);
	for (; *argv != NULL; argv++) {
		putc(' ', f);
		if (print_string(*argv, f) == -1)
			return -1;
	}
	return 0;
}

static int
print_trigger(const struct conf_trigger *ct, FILE *f)
{
	char when[WHEN_TEXT];

	fprintf(f, "\t%s", when_text(ct, when, sizeof(when)));
	/* calm has the keys of the trigger in front. */
	if (ct->ct_by.ks_n != 0 && ct->ct_keys != KEY_TABLE_KEYS &&
	    ct->ct_kind != CONDITION_CALM)
		fprintf(f, " keys %" PRIu32, ct->ct_keys);
	if (ct->ct_argv != NULL && print_command(ct->ct_argv, f) == -1)
		return -1;
	print_time("interval", ct->ct_interval, f);
	if (ct->ct_policy != POLICY_ONCE)
		fprintf(f, " busy %s", value_policy_name(ct->ct_policy));
	print_time("timeout", ct->ct_timeout, f);
	print_time("retry", ct->ct_retry, f);
	if (ct->ct_signal != 0)
		fprintf(f, " signal %s", value_signal_name(ct->ct_signal));
	if (ct->ct_runs > 1)
		fprintf(f, " runs %" PRIu32, ct->ct_runs);
	putc('\n', f);
	return 0;
}

/* Returns how many of the n rules are one rule of the file. */
static size_t
group_size(const struct conf_rule *cr, size_t n)
{
	size_t i = 1;

	while (i < n && strcmp(conf_rule_name(&cr[i]), conf_rule_name(cr)) == 0)
		i++;
	return i;
}

static int
print_names(const char *const *names, size_t n, FILE *f)
{
	size_t i;

	for (i = 0; i < n; i++) {
		putc(' ', f);
		if (print_word(names[i], f) == -1)
			return -1;
	}
	return 0;
}

static int
print_interfaces(const struct conf_rule *cr, size_t n, FILE *f)
{
	bool braces = n != 1 || cr->cr_ninterfaces != 1;
	size_t i;

	fputs(cr->cr_ninterfaces == 1 ? " on" : " on together", f);
	if (braces)
		fputs(" {", f);
	for (i = 0; i < n; i++)
		if (print_names(cr[i].cr_interfaces, cr[i].cr_ninterfaces, f) ==
		    -1)
			return -1;
	if (braces)
		fputs(" }", f);
	return 0;
}

/* Prints n rules as one on n interfaces. */
static int
print_rule(const struct conf_rule *cr, size_t n, FILE *f)
{
	static const char *const directions[] = {
		[DIRECTION_INOUT] = "",
		[DIRECTION_IN] = " in",
		[DIRECTION_OUT] = " out",
	};
	size_t i;

	fputs("rule ", f);
	if (print_string(conf_rule_name(cr), f) == -1 ||
	    print_interfaces(cr, n, f) == -1)
		return -1;
	fputs(directions[cr->cr_direction], f);
	if (cr->cr_filter != NULL) {
		fputs(" filter ", f);
		if (print_string(cr->cr_filter, f) == -1)
			return -1;
	}
	fputs(" {\n", f);
	for (i = 0; i < cr->cr_ntriggers; i++)
		if (print_trigger(&cr->cr_triggers[i], f) == -1)
			return -1;
	fputs("}\n", f);
	return 0;
}

static int
print_socket(const struct conf_socket *cx, FILE *f)
{
	fputs("socket ", f);
	if (print_string(cx->cx_path, f) == -1)
		return -1;
	if (cx->cx_mode != CONF_SOCKET_MODE)
		fprintf(f, " mode %04o", cx->cx_mode);
	if (cx->cx_group != NULL) {
		fputs(" group ", f);
		if (print_word(cx->cx_group, f) == -1)
			return -1;
	}
	putc('\n', f);
	return 0;
}

int
conf_print(const struct conf_rules *rules, FILE *f)
{
	const struct conf_rule *cr = rules->cs_rules;
	size_t i, n;

	if (rules->cs_user != NULL) {
		fputs("user ", f);
		if (print_word(rules->cs_user, f) == -1)
			return -1;
		fputs("\n", f);
	}
	if (rules->cs_socket.cx_path != NULL &&
	    print_socket(&rules->cs_socket, f) == -1)
		return -1;
	for (i = 0; i < rules->cs_nrules; i += n) {
		if (i != 0 || rules->cs_user != NULL ||
		    rules->cs_socket.cx_path != NULL)
			putc('\n', f);
		n = group_size(cr + i, rules->cs_nrules - i);
		if (print_rule(cr + i, n, f) == -1)
			return -1;
	}
	return fflush(f) == EOF || ferror(f) ? -1 : 0;
}
