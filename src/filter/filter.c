/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "filter/filter.h"
#include "filter/filter_compiler.h"
#include "priv/priv.h"

int
filter_compile(
    struct filter *f, const struct filter_request *fr, char *err, size_t errlen)
{
	struct filter_compiler *fc = fr->fr_compiler;
	bool raised;
	int result;

	f->f_len = 0;
	if (fr->fr_expression[strspn(fr->fr_expression, " \t\r\n")] == '\0')
		return 0;
	if (strlen(fr->fr_expression) >= FILTER_TEXT) {
		snprintf(err, errlen, "longer than %d bytes", FILTER_TEXT - 1);
		return -1;
	}
	if (fc == NULL && (fc = filter_compiler_open()) == NULL) {
		snprintf(err, errlen, "%s", strerror(errno));
		return -1;
	}
	/* The caller can stop the parent while it waits: it drops its rights.
	 */
	raised = priv_setuid_lower();
	result = filter_compiler_ask(fc, f, fr, err, errlen);
	if (fr->fr_compiler == NULL)
		filter_compiler_close(fc);
	if (raised)
		priv_setuid_raise();
	return result;
}
