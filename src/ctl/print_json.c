#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "ctl/client.h"
#include "ctl/print.h"

static void
text(const char *name, const char *value, FILE *f)
{
	char piece[JSON_PIECE];
	size_t n;

	fprintf(f, "\"%s\": \"", name);
	while ((n = json_char(value, piece)) != 0) {
		fputs(piece, f);
		value += n;
	}
	putc('"', f);
}

static void
number(const char *name, uint64_t value, FILE *f)
{
	fprintf(f, ", \"%s\": %" PRIu64, name, value);
}

static void
seconds(const char *name, double value, FILE *f)
{
	if (value < 0)
		fprintf(f, ", \"%s\": null", name);
	else
		fprintf(f, ", \"%s\": %.3f", name, value);
}

static void
print_row(const struct row *rw, FILE *f)
{
	fputs("{", f);
	text("rule", rw->rw_rule, f);
	fputs(", ", f);
	text("interface", rw->rw_interface, f);
	fputs(", ", f);
	text("trigger", rw->rw_trigger, f);
	fputs(", ", f);
	text("event", rw->rw_event, f);
	number("packets", rw->rw_packets, f);
	if (rw->rw_has_bytes)
		number("bytes", rw->rw_bytes, f);
	else
		fputs(", \"bytes\": null", f);
	number("events", rw->rw_events, f);
	number("runs", rw->rw_runs, f);
	number("failures", rw->rw_failures, f);
	fputs(", ", f);
	if (rw->rw_status == NULL)
		fputs("\"status\": null", f);
	else if (rw->rw_status[0] != '\0' &&
	    rw->rw_status[strspn(rw->rw_status, "0123456789")] == '\0')
		fprintf(f, "\"status\": %s", rw->rw_status);
	else
		text("status", rw->rw_status, f);
	seconds("running", rw->rw_running, f);
	seconds("last", rw->rw_last, f);
	fputs(", ", f);
	text("state", rw->rw_absent ? "absent" : "present", f);
	fputs("}", f);
}

void
print_json(const struct reply *re, FILE *f)
{
	size_t i;

	fputs("{", f);
	text("version", re->re_version, f);
	seconds("uptime", re->re_uptime, f);
	number("wakeups", re->re_wakeups, f);
	fputs(", \"rules\": [", f);
	for (i = 0; i < re->re_n; i++) {
		fputs(i == 0 ? "\n" : ",\n", f);
		print_row(&re->re_rows[i], f);
	}
	fputs("\n]}\n", f);
}
