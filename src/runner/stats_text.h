/* The runner's part of ipc/stats_proto.h: writes the lines. */
#ifndef STATS_TEXT_H
#define STATS_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct job;

/* None of these writes more, the final 0 included. */
#define STATS_TEXT_PART 640

/* These return how long it is.  The times are of clock_now(). */
size_t stats_text_head(char *buf, uint64_t uptime, uint64_t wakeups);
size_t stats_text_row(char *buf, const struct job *, uint64_t now);

#endif
