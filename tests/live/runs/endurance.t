#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Many runs leak nothing.
. tests/lib/live.sh
own_network "$@"

many=$(size 20000 100000)

# Memory, descriptors and children of both processes.
holdings() {
	for process in "$daemon" "$watcher"; do
		grep -E '^(RssAnon|VmData|VmStk|VmPTE)' "/proc/$process/status" |
		    tr -s '\t ' ' '
		find "/proc/$process/fd" -type l | wc -l
	done
	children "$daemon" | wc -w
}

start_quietly() {
	"$BPFSTATSD" -i v1 -o queue "$@" 2>"$log" &
	daemon=$!
	until_true 10 tapped
	watcher=$(children "$daemon" | tr ' ' '\n' | head -n 1)
}

start_quietly $bin/do_nothing
$bin/flood v0 1000 >/dev/null
until_true 30 stats_reach runs 1000
until_true 5 at_rest
holdings >"$work/first"
$bin/flood v0 $((many - 1000)) >/dev/null
until_true 300 stats_reach runs "$many"
until_true 5 at_rest
holdings >"$work/last"
is "$packets $events $runs $failures" "$many $many $many 0" "$many runs"
is "$(cat "$work/last")" "$(cat "$work/first")" \
    "no more memory, descriptors or children than after 1000 runs"
sed 's/^/# /' "$work/last"
stop
is "$status" 0 "exit 0"
done_testing
