/*
 * Statistics: what the runner tells the control process, and that tells
 * bpfstatsctl.  The text is lines of columns with tabs between them:
 *
 *   bpfstatsd 1 VERSION UPTIME WAKEUPS
 *   rule interface trigger event packets ...	names of the columns
 *   NAME eth0 every 1 packet every 42 ...	a line for each trigger
 *   end
 *
 * The 1 is the version of this protocol.  Later versions of the program may
 * append columns.  Times are seconds; "-" is a value that does not exist.
 */
#ifndef STATS_PROTO_H
#define STATS_PROTO_H

#include <sys/types.h>

#include "base/clock.h"
#include "base/unix_listen.h"

#define STATS_END "end\n"

/* Bytes that the runner sends to the control process at once. */
#define STATS_PIECE 4096

/*
 * The control process asks no earlier than STATS_PACE ns after its last
 * question, nor than STATS_PACE_BYTE ns for each byte of the last answer, ten
 * times what it takes all processes to make a byte.  The runner enforces both.
 */
#define STATS_PACE	(10 * CLOCK_MS)
#define STATS_PACE_BYTE UINT64_C(500)

enum stats_column {
	STATS_RULE,
	STATS_INTERFACE,
	STATS_TRIGGER,
	STATS_EVENT,
	STATS_PACKETS,
	STATS_BYTES,
	STATS_EVENTS,
	STATS_RUNS,
	STATS_FAILURES,
	STATS_STATUS,
	STATS_RUNNING,
	STATS_LAST,
	STATS_STATE,
	STATS_COLUMNS
};

extern const char *const stats_proto_columns[STATS_COLUMNS];

/* The runner's handles of the control process. */
struct control_ends {
	pid_t ce_pid;		    /* 0: there is none */
	int ce_fd;		    /* socket, for the runner to close; or -1 */
	struct unix_listen ce_file; /* the runner removes it */
};

#endif
