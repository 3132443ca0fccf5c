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
	[STATS_KEY_COUNT] = "keys",
	[STATS_UNTRACKED] = "untracked",
	[STATS_KEYLESS] = "keyless",
};

const char *const stats_proto_keys[STATS_KEYS_COLUMNS] = {
	[STATS_KEYS_RULE] = "rule",
	[STATS_KEYS_INTERFACE] = "interface",
	[STATS_KEYS_TRIGGER] = "trigger",
	[STATS_KEYS_KEY] = "key",
	[STATS_KEYS_PACKETS] = "packets",
	[STATS_KEYS_BYTES] = "bytes",
	[STATS_KEYS_EVENTS] = "events",
	[STATS_KEYS_LAST] = "last",
};
