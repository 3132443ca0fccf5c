/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conf/value.h"
#include "engine/key_table.h"
#include "engine/lanes.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

#define DAY  (UINT64_C(24) * 3600 * CLOCK_S)
#define YEAR (365 * DAY)

/* Size of the digits of a number; leaves room for some leading zeros. */
#define DIGITS 32

struct unit {
	const char *u_name;
	uint64_t u_size;
};

/* From the largest to the smallest. */
static const struct unit times[] = {
	{ "d", DAY }, { "h", 3600 * CLOCK_S }, { "m", 60 * CLOCK_S },
	{ "s", CLOCK_S }, { "ms", CLOCK_MS }, { "ns", 1 }, /* printed only */
};
static const struct unit sizes[] = {
	{ "T", UINT64_C(1) << 40 },
	{ "G", UINT64_C(1) << 30 },
	{ "M", UINT64_C(1) << 20 },
	{ "K", UINT64_C(1) << 10 },
	{ "", 1 },
};

/* POLICY_WHILE has no name: the condition chooses it. */
static const char *const policies[POLICY_WHILE] = {
	[POLICY_ONCE] = "once",
	[POLICY_DROP] = "drop",
	[POLICY_QUEUE] = "queue",
	[POLICY_RESTART] = "restart",
};

const char *
value_count(const char *s, uint64_t *v)
{
	const char *problem;
	long long n;

	/* strtonum(3) also accepts leading blanks and signs. */
	n = strtonum(s, 1, LLONG_MAX, &problem);
	if (problem != NULL || !isdigit((unsigned char)s[0]))
		return "a whole number from 1 to 9223372036854775807";
	*v = (uint64_t)n;
	return NULL;
}

/*
 * Parses digits and one of n units, by default `unit`; false if invalid or more
 * than max.
 */
static bool
scaled(const char *s, const struct unit *units, size_t n, const char *unit,
    uint64_t max, uint64_t *v)
{
	const char *problem;
	char digits[DIGITS];
	long long number;
	size_t i = 0, len = strspn(s, "0123456789");

	if (s[len] != '\0')
		unit = s + len;
	while (i < n && strcmp(unit, units[i].u_name) != 0)
		i++;
	if (i == n || len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, s, len);
	digits[len] = '\0';
	number =
	    strtonum(digits, 0, (long long)(max / units[i].u_size), &problem);
	*v = (uint64_t)number * units[i].u_size;
	return problem == NULL;
}

const char *
value_size(const char *s, uint64_t *v)
{
	uint64_t bytes;

	if (!scaled(s, sizes, LEN(sizes), "", INT64_MAX, &bytes) || bytes == 0)
		return "a number of bytes such as 1500, 64K, 10M, 2G or 1T, "
		       "from 1 to 9223372036854775807";
	*v = bytes;
	return NULL;
}

const char *
value_time(const char *s, uint64_t min, uint64_t *v)
{
	uint64_t ns;

	if (!scaled(s, times, LEN(times) - 1, "s", YEAR, &ns) || ns < min)
		return min == 0 ?
		    "a time such as 0, 10, 500ms, 10s, 15m, 2h or 30d, at most "
		    "365d" :
		    "a time such as 10, 500ms, 10s, 15m, 2h or 30d, 1ms to "
		    "365d";
	*v = ns;
	return NULL;
}

/* Writes v in the largest unit that divides it; the last unit is 1. */
static const char *
text(const struct unit *u, uint64_t v, char buf[VALUE_TEXT])
{
	while (v % u->u_size != 0)
		u++;
	snprintf(buf, VALUE_TEXT, "%" PRIu64 "%s", v / u->u_size, u->u_name);
	return buf;
}

const char *
value_size_text(uint64_t bytes, char buf[VALUE_TEXT])
{
	return text(sizes, bytes, buf);
}

const char *
value_time_text(uint64_t ns, char buf[VALUE_TEXT])
{
	return text(times, ns, buf);
}

/* Parses "number" or "number/time". */
static const char *
rate(const char *s, const char *(*number)(const char *, uint64_t *),
    uint64_t *v, uint64_t *time)
{
	const char *slash = strchr(s, '/'), *wanted;
	size_t len = slash == NULL ? strlen(s) : (size_t)(slash - s);
	char front[2 * DIGITS];
	uint64_t ns = 0;

	if (slash == NULL || len >= sizeof(front))
		len = strlen(s);
	else if (value_time(slash + 1, CLOCK_MS, &ns) != NULL)
		return "a number, a slash and a time such as 500ms, 10s, 15m, "
		       "2h or 30d, 1ms to 365d";
	if (len < sizeof(front)) {
		memcpy(front, s, len);
		front[len] = '\0';
		s = front;
	}
	if ((wanted = number(s, v)) == NULL)
		*time = ns;
	return wanted;
}

const char *
value_rate(const char *s, uint64_t *v, uint64_t *time)
{
	return rate(s, value_count, v, time);
}

const char *
value_size_rate(const char *s, uint64_t *v, uint64_t *time)
{
	return rate(s, value_size, v, time);
}

/* Parses a number up to max; false if invalid. */
static bool
number(const char *s, uint64_t max, uint32_t *v)
{
	uint64_t n;

	if (value_count(s, &n) != NULL || n > max)
		return false;
	*v = (uint32_t)n;
	return true;
}

const char *
value_keys(const char *s, uint32_t *v)
{
	return number(s, KEY_TABLE_MAX, v) ? NULL :
					     "a whole number from 1 to 1000000";
}

const char *
value_runs(const char *s, uint32_t *v)
{
	return number(s, LANES_RUNS, v) ? NULL : "a whole number from 1 to 64";
}

const char *
value_policy(const char *s, enum policy_kind *v)
{
	int i;

	for (i = 0; i < POLICY_WHILE; i++) {
		if (strcmp(s, policies[i]) == 0) {
			*v = (enum policy_kind)i;
			return NULL;
		}
	}
	return "once, drop, queue or restart";
}

const char *
value_policy_name(enum policy_kind v)
{
	return policies[v];
}

static const struct signal_name {
	const char *sn_name;
	int sn_signal;
} signals[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "KILL", SIGKILL },
	{ "QUIT", SIGQUIT },
	{ "TERM", 0 },
	{ "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 },
	{ "WINCH", SIGWINCH },
};

const char *
value_signal(const char *s, int *v)
{
	const char *name = strncmp(s, "SIG", 3) == 0 ? s + 3 : s;
	size_t i;

	for (i = 0; i < LEN(signals); i++) {
		if (strcmp(name, signals[i].sn_name) == 0) {
			*v = signals[i].sn_signal;
			return NULL;
		}
	}
	return "HUP, INT, KILL, QUIT, TERM, USR1, USR2 or WINCH";
}

const char *
value_signal_name(int v)
{
	size_t i = 0;

	while (signals[i].sn_signal != v)
		i++;
	return signals[i].sn_name;
}

const char *
value_print(const char *s, enum conf_print *v)
{
	if (strcmp(s, "text") == 0)
		*v = CONF_PRINT_TEXT;
	else if (strcmp(s, "json") == 0)
		*v = CONF_PRINT_JSON;
	else
		return "text or json";
	return NULL;
}

const char *
value_direction(const char *s, enum direction *v)
{
	static const char *const names[] = {
		[DIRECTION_INOUT] = "inout",
		[DIRECTION_IN] = "in",
		[DIRECTION_OUT] = "out",
	};
	size_t i;

	for (i = 0; i < LEN(names); i++) {
		if (strcmp(s, names[i]) == 0) {
			*v = (enum direction)i;
			return NULL;
		}
	}
	return "in, out or inout";
}

const char *
value_log(const char *s, enum log_mode *v)
{
	static const char *const names[] = {
		[LOG_TO_STDERR] = "stderr",
		[LOG_TO_JSON] = "json",
		[LOG_TO_SYSLOG] = "syslog",
	};
	size_t i;

	for (i = 0; i < LEN(names); i++) {
		if (strcmp(s, names[i]) == 0) {
			*v = (enum log_mode)i;
			return NULL;
		}
	}
	return "stderr, json or syslog";
}

const char *
value_mode(const char *s, unsigned int *v)
{
	size_t i, len = strspn(s, "01234567");
	unsigned int mode = 0;

	for (i = 0; i < len && mode <= 0777; i++)
		mode = mode * 8 + (unsigned int)(s[i] - '0');
	if (len == 0 || s[len] != '\0' || mode > 0777)
		return "a mode such as 0660";
	*v = mode;
	return NULL;
}
