/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "ipc/stats_proto.h"

const char *const stats_proto_columns[STATS_COLUMNS] = {
	[STATS_RULE] = "rule",
	[STATS_INTERFACE] = "interface",
	[STATS_TRIGGER] = "trigger",
	[STATS_EVENT] = "event",
	[STATS_PACKETS] = "packets",
	[STATS_BYTES] = "bytes",
	[STATS_EVENTS] = "events",
	[STATS_RUNS] = "runs",
	[STATS_FAILURES] = "failures",
	[STATS_STATUS] = "status",
	[STATS_RUNNING] = "running",
	[STATS_LAST] = "last",
	[STATS_STATE] = "state",
	[STATS_WAKEUPS] = "wakeups",
	[STATS_WAITING] = "waiting",
	[STATS_KEYS] = "keys",
	[STATS_UNTRACKED] = "untracked",
	[STATS_KEYLESS] = "keyless",
};
