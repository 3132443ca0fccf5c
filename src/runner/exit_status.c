/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/wait.h>

#include <stdio.h>
#include <string.h>

#include "runner/exit_status.h"

const char *
exit_status_text(int status, char *buf, size_t len)
{
	if (WIFSIGNALED(status))
		snprintf(buf, len, "signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(buf, len, "%d", WEXITSTATUS(status));
	return buf;
}

struct log_fact
exit_status_fact(int status, char *buf, size_t len)
{
	struct log_fact lf = { .lf_name = "status" };

	if (WIFSIGNALED(status)) {
		snprintf(buf, len, "signal %d", WTERMSIG(status));
		lf.lf_text = buf;
	} else {
		lf.lf_number = (uint64_t)WEXITSTATUS(status);
	}
	return lf;
}
