#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "value.h"

#define YEAR (UINT64_C(8760) * 3600 * CLOCK_S)

const char *
value_count(const char *s, uint64_t *v)
{
	const char *problem;
	long long n;

	/* strtonum(3) alone would take blanks and signs in front. */
	n = strtonum(s, 1, LLONG_MAX, &problem);
	if (problem != NULL || !isdigit((unsigned char)s[0]))
		return "a whole number from 1 to 9223372036854775807";
	*v = (uint64_t)n;
	return NULL;
}

static uint64_t
unit(const char *s)
{
	static const struct {
		const char *u_name;
		uint64_t u_ns;
	} units[] = {
		{ "", CLOCK_S },
		{ "s", CLOCK_S },
		{ "ms", CLOCK_MS },
		{ "m", 60 * CLOCK_S },
		{ "h", 3600 * CLOCK_S },
	};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(s, units[i].u_name) == 0)
			return units[i].u_ns;
	return 0;
}

const char *
value_time(const char *s, uint64_t min, uint64_t *v)
{
	const char *problem, *wanted;
	char digits[32];
	long long n;
	size_t len = strspn(s, "0123456789");
	uint64_t ns = unit(s + len);

	wanted = min == 0 ?
	    "a time such as 0, 10, 500ms, 10s, 15m or 2h, at most 8760h" :
	    "a time such as 10, 500ms, 10s, 15m or 2h, 1ms to 8760h";
	if (len == 0 || len >= sizeof(digits) || ns == 0)
		return wanted;
	memcpy(digits, s, len);
	digits[len] = '\0';
	n = strtonum(digits, 0, (long long)(YEAR / ns), &problem);
	if (problem != NULL || (uint64_t)n * ns < min)
		return wanted;
	*v = (uint64_t)n * ns;
	return NULL;
}

const char *
value_policy(const char *s, enum job_policy *v)
{
	static const char *const names[JOB_POLICIES] = {
		[JOB_ONCE] = "once",
		[JOB_DROP] = "drop",
		[JOB_QUEUE] = "queue",
		[JOB_RESTART] = "restart",
	};
	int i;

	for (i = 0; i < JOB_POLICIES; i++) {
		if (strcmp(s, names[i]) == 0) {
			*v = (enum job_policy)i;
			return NULL;
		}
	}
	return "once, drop, queue or restart";
}

const char *
value_direction(const char *s, enum source_direction *v)
{
	static const char *const names[] = {
		[SOURCE_INOUT] = "inout",
		[SOURCE_IN] = "in",
		[SOURCE_OUT] = "out",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(s, names[i]) == 0) {
			*v = (enum source_direction)i;
			return NULL;
		}
	}
	return "in, out or inout";
}
