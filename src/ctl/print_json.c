/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "ctl/keys.h"
#include "ctl/print.h"
#include "ctl/reply.h"

static void
print_text(const char *name, const char *value, FILE *f)
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
print_number(const char *name, uint64_t value, FILE *f)
{
	fprintf(f, ", \"%s\": %" PRIu64, name, value);
}

/* Prints a number that not every row has. */
static void
print_optional(const char *name, bool there, uint64_t value, FILE *f)
{
	if (there)
		print_number(name, value, f);
	else
		fprintf(f, ", \"%s\": null", name);
}

static void
print_seconds(const char *name, double value, FILE *f)
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
	print_text("rule", rw->rw_rule, f);
	fputs(", ", f);
	print_text("interface", rw->rw_interface, f);
	fputs(", ", f);
	print_text("trigger", rw->rw_trigger, f);
	fputs(", ", f);
	print_text("event", rw->rw_event, f);
	print_number("packets", rw->rw_packets, f);
	print_optional("bytes", rw->rw_has_bytes, rw->rw_bytes, f);
	print_number("events", rw->rw_events, f);
	print_number("runs", rw->rw_runs, f);
	print_number("failures", rw->rw_failures, f);
	fputs(", ", f);
	if (rw->rw_status == NULL)
		fputs("\"status\": null", f);
	else if (rw->rw_status[0] != '\0' &&
	    rw->rw_status[strspn(rw->rw_status, "0123456789")] == '\0')
		fprintf(f, "\"status\": %s", rw->rw_status);
	else
		print_text("status", rw->rw_status, f);
	print_seconds("running", rw->rw_running, f);
	print_seconds("last", rw->rw_last, f);
	fputs(", ", f);
	print_text("state", rw->rw_absent ? "absent" : "present", f);
	print_number("wakeups", rw->rw_wakeups, f);
	print_number("waiting", rw->rw_waiting, f);
	print_optional("keys", rw->rw_has_keys, rw->rw_keys, f);
	print_optional("untracked", rw->rw_has_keys, rw->rw_untracked, f);
	print_optional("keyless", rw->rw_has_keys, rw->rw_keyless, f);
	fputs("}", f);
}

void
print_json(const struct reply *re, FILE *f)
{
	size_t i;

	fputs("{", f);
	print_text("version", re->re_version, f);
	print_seconds("uptime", re->re_uptime, f);
	print_number("wakeups", re->re_wakeups, f);
	fputs(", \"rules\": [", f);
	for (i = 0; i < re->re_n; i++) {
		fputs(i == 0 ? "\n" : ",\n", f);
		print_row(&re->re_rows[i], f);
	}
	fputs("\n]}\n", f);
}

static void
print_key(const struct keys_row *kr, const char *rule, FILE *f)
{
	fputs("{", f);
	print_text("rule", rule, f);
	fputs(", ", f);
	print_text("interface", kr->kr_interface, f);
	fputs(", ", f);
	print_text("trigger", kr->kr_trigger, f);
	fputs(", ", f);
	print_text("key", kr->kr_key, f);
	print_number("packets", kr->kr_packets, f);
	print_optional("bytes", kr->kr_has_bytes, kr->kr_bytes, f);
	print_seconds("rate", kr->kr_rate, f);
	print_number("events", kr->kr_events, f);
	print_seconds("last", kr->kr_last, f);
	fputs("}", f);
}

void
print_json_keys(const struct keys *ks, const char *rule, FILE *f)
{
	const char *comma = "";
	size_t i;

	fputs("{", f);
	print_text("version", ks->ks_head.lh_version, f);
	print_seconds("uptime", ks->ks_head.lh_uptime, f);
	fputs(", \"keys\": [", f);
	for (i = 0; i < ks->ks_n; i++) {
		if (ks->ks_rows[i].kr_key == NULL)
			continue;
		fprintf(f, "%s\n", comma);
		print_key(&ks->ks_rows[i], rule, f);
		comma = ",";
	}
	fputs("\n]}\n", f);
}
