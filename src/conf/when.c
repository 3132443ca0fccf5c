#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "conf/when.h"

struct unit {
	uint64_t u_size;
	const char *u_name;
};

static const struct unit times[] = {
	{ 3600 * CLOCK_S, "h" },
	{ 60 * CLOCK_S, "m" },
	{ CLOCK_S, "s" },
	{ CLOCK_MS, "ms" },
	{ 1, "ns" },
};

static const struct unit sizes[] = {
	{ UINT64_C(1) << 30, "G" },
	{ UINT64_C(1) << 20, "M" },
	{ UINT64_C(1) << 10, "K" },
	{ 1, "" },
};

/* In the largest unit of which it is a whole number; the last is of 1. */
static const char *
scaled(const struct unit *u, uint64_t v, char *buf)
{
	while (v % u->u_size != 0)
		u++;
	snprintf(buf, WHEN_NUMBER, "%" PRIu64 "%s", v / u->u_size, u->u_name);
	return buf;
}

const char *
when_event(enum condition_kind kind)
{
	static const char *const names[] = {
		[CONDITION_EVERY] = "every",
		[CONDITION_RATE] = "rate",
		[CONDITION_IDLE] = "idle",
	};

	return names[kind];
}

const char *
when_time(uint64_t ns, char buf[WHEN_NUMBER])
{
	return scaled(times, ns, buf);
}

const char *
when_text(const struct conf_trigger *ct, char *buf, size_t len)
{
	const char *event = when_event(ct->ct_kind), *what = "packets";
	char count[WHEN_NUMBER], time[WHEN_NUMBER];

	if (ct->ct_bytes) {
		what = "bytes";
		scaled(sizes, ct->ct_count, count);
	} else {
		if (ct->ct_count == 1)
			what = "packet";
		snprintf(count, sizeof(count), "%" PRIu64, ct->ct_count);
	}
	when_time(ct->ct_time, time);
	if (ct->ct_kind == CONDITION_IDLE)
		snprintf(buf, len, "%s %s", event, time);
	else if (ct->ct_kind == CONDITION_RATE)
		snprintf(buf, len, "%s %s %s / %s", event, count, what, time);
	else
		snprintf(buf, len, "%s %s %s", event, count, what);
	return buf;
}
