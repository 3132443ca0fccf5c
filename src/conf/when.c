/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/value.h"
#include "conf/when.h"

const char *
when_event(enum condition_kind kind)
{
	static const char *const names[CONDITION_KINDS] = {
		[CONDITION_EVERY] = "every",
		[CONDITION_RATE] = "rate",
		[CONDITION_IDLE] = "idle",
		[CONDITION_BELOW] = "below",
		[CONDITION_AFTER] = "after",
		[CONDITION_CALM] = "calm",
		[CONDITION_WHILE] = "while",
	};

	return names[kind];
}

/* Appends " by source/24, port" to buf, which holds a string. */
static void
append_key(const struct key_spec *ks, char *buf, size_t len)
{
	size_t used = strlen(buf);
	char spec[KEY_TEXT_SPEC];

	key_text_spec(ks, spec, sizeof(spec));
	snprintf(buf + used, len - used, " by %s", spec);
}

const char *
when_text(const struct conf_trigger *ct, char *buf, size_t len)
{
	const char *event = when_event(ct->ct_kind), *what = "packets";
	char count[VALUE_TEXT], time[VALUE_TEXT];

	if (ct->ct_bytes) {
		what = "bytes";
		value_size_text(ct->ct_count, count);
	} else {
		if (ct->ct_count == 1)
			what = "packet";
		snprintf(count, sizeof(count), "%" PRIu64, ct->ct_count);
	}
	value_time_text(ct->ct_time, time);
	if (ct->ct_count == 0)
		snprintf(buf, len, "%s %s", event, time);
	else if (ct->ct_time != 0)
		snprintf(buf, len, "%s %s %s / %s", event, count, what, time);
	else
		snprintf(buf, len, "%s %s %s", event, count, what);
	if (ct->ct_by.ks_n != 0)
		append_key(&ct->ct_by, buf, len);
	return buf;
}
