/*
 * What the socket tells, in lines of columns with tabs between them:
 *
 *   bpfstatsd 1 VERSION UPTIME WAKEUPS
 *   rule interface trigger event packets ...	the names of the columns
 *   NAME eth0 every 1 packet every 42 ...	one for each trigger
 *   end
 *
 * The 1 is the version of all this.  More columns may come behind those there
 * are.  Times are in seconds; what there is not is "-".
 */
#ifndef STATS_TEXT_H
#define STATS_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct job;

/* None of these writes more, the final 0 included. */
#define STATS_TEXT_PART 640

#define STATS_END "end\n"

/* These return how long it is.  The times are of clock_now(). */
size_t stats_text_head(char *buf, uint64_t uptime, uint64_t wakeups);
size_t stats_text_row(char *buf, const struct job *, uint64_t now);

#endif
