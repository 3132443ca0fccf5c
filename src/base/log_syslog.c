/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* For systems whose syslog(3) never waits for syslogd. */
#include <syslog.h>

#include "base/log_internal.h"

bool
log_syslog(enum log_level level, const char *message)
{
	static const int priorities[] = {
		[LEVEL_DEBUG] = LOG_DEBUG,
		[LEVEL_INFO] = LOG_INFO,
		[LEVEL_WARNING] = LOG_WARNING,
	};

	openlog("bpfstatsd", LOG_PID, LOG_DAEMON);
	syslog(priorities[level], "%s", message);
	closelog();
	return true;
}
