/* What the runner tells the user about runs and about the watcher. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct order;

/* Of the runner; the watcher has the rest. */
struct report_runs {
	uint64_t rr_runs;
	uint64_t rr_failures; /* runs and starts */
	bool rr_ended;	      /* a run has, with rr_last */
	int rr_last;	      /* as waitpid(2) gives it */
};

/* Room for report_status. */
#define REPORT_STATUS 48

/* "3", or "signal 9 (Killed)"; returns buf. */
const char *report_status(int status, char *buf, size_t len);

/* The line of statistics, for ORDER_STATS. */
void report_stats(
    const char *name, const struct report_runs *, const struct order *);

/* Why the watcher ends, for ORDER_FATAL. */
void report_fatal(const char *name, const struct order *);

#endif
