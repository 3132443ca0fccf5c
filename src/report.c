#include <sys/wait.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "order.h"
#include "report.h"

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
report_stats(
    const char *name, const struct report_runs *rr, const struct order *o)
{
	char last[REPORT_STATUS] = "none";

	if (rr->rr_ended)
		report_status(rr->rr_last, last, sizeof(last));
	log_info("%s: packets %" PRIu64 ", events %" PRIu64 ", runs %" PRIu64
		 ", failures %" PRIu64 ", last exit %s, wake-ups %" PRIu64,
	    name, o->o_total, o->o_events, rr->rr_runs, rr->rr_failures, last,
	    o->o_count);
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
