#include <sys/wait.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "conf.h"
#include "log.h"
#include "order.h"
#include "report.h"
#include "task.h"
#include "when.h"

const char *
report_status(int status, char *buf, size_t len)
{
	if (WIFSIGNALED(status))
		snprintf(buf, len, "signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(buf, len, "%d", WEXITSTATUS(status));
	return buf;
}

void
report_ready(const struct task *ta, const char *how)
{
	char when[WHEN_TEXT];

	log_debug("%s: counting, %s, %s", task_name(ta),
	    when_text(ta->ta_trigger, when, sizeof(when)), how);
}

/* For a rule: what its triggers have come to together. */
struct sums {
	uint64_t su_runs;
	uint64_t su_failures;
	const struct task *su_last;    /* that ended, the first of them */
	const struct task *su_running; /* likewise */
	bool su_bytes;		       /* they are counted */
};

static void
sum_up(struct sums *su, const struct task *ta, const struct task *end)
{
	const struct conf_rule *rule = ta->ta_rule;

	memset(su, 0, sizeof(*su));
	for (; ta < end && ta->ta_rule == rule; ta++) {
		su->su_runs += ta->ta_runs;
		su->su_failures += ta->ta_failures;
		su->su_bytes |= ta->ta_trigger->ct_bytes;
		if (su->su_last == NULL && ta->ta_ended)
			su->su_last = ta;
		if (su->su_running == NULL && ta->ta_run.r_state != RUN_NONE)
			su->su_running = ta;
	}
}

void
report_stats(const struct task *ta, const struct task *end,
    const struct order *o, uint64_t now)
{
	char last[REPORT_STATUS] = "none", running[48] = "";
	char bytes[32] = "";
	struct sums su;

	sum_up(&su, ta, end);
	if (su.su_last != NULL)
		report_status(su.su_last->ta_last, last, sizeof(last));
	if (su.su_running != NULL)
		snprintf(running, sizeof(running),
		    ", running for %" PRIu64 " s",
		    (now - su.su_running->ta_run.r_started) / CLOCK_S);
	if (su.su_bytes)
		snprintf(bytes, sizeof(bytes), ", bytes %" PRIu64, o->o_bytes);
	log_info("%s: packets %" PRIu64 "%s, events %" PRIu64 ", runs %" PRIu64
		 ", failures %" PRIu64 ", last exit %s, wake-ups %" PRIu64 "%s",
	    task_name(ta), o->o_total, bytes, o->o_events, su.su_runs,
	    su.su_failures, last, o->o_count, running);
}

void
report_fatal(const char *name, const struct order *o)
{
	static const char *const places[PLACE_COUNT] = {
		[PLACE_POLL] = "poll",
		[PLACE_SOURCE] = "reading the count",
		[PLACE_ORDER] = "message",
		[PLACE_CLOCK] = "clock",
		[PLACE_LOOK] = "looking for the interface",
		[PLACE_READ] = "reading the file",
		[PLACE_EMPTY] = "empty, not a capture file",
		[PLACE_FORMAT] = "not a capture file that libpcap can read",
		[PLACE_CUT] = "cut off, it ends within a packet",
		[PLACE_DAMAGED] = "damaged, or of several link types",
		[PLACE_FILTER] = "libpcap does not take the filter",
	};

	if (o->o_place < PLACE_COUNT && o->o_error == 0)
		log_warnx("%s: %s", name, places[o->o_place]);
	else if (o->o_place < PLACE_COUNT)
		log_warnx("%s: watcher: %s: %s", name, places[o->o_place],
		    strerror(o->o_error));
}
