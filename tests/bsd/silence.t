#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each system: a silence that ends with two packets at once is an event, and
# a rate is never early, even if the watcher was stopped.
. tests/bsd/lib.sh
[ -n "${FLAVOURS:-}" ] || at_once "$0"
own_network "$@"

events_reach() {
	stats && [ "$events" -ge "$1" ]
}

# pairs number milliseconds microseconds: silences of these us, longer than -t
# ms.
pairs() {
	title="$flavour, idle $2 ms, $1 pairs of packets $3 us apart"
	begin -t "$2ms" $bin/do_nothing
	until_true 20 events_reach 1
	offer apart em0 $((2 * $1)) 2 "$3" >/dev/null
	until_true 20 events_reach $(($1 + 1))
	is "$packets $events" "$((2 * $1)) $(($1 + 1))" "$title"
	harmless
}

# stopped number events options ...: stops the watcher after the given number of
# events, while a packet comes every 100 ms.
stopped() {
	title="$flavour, stopped, $*"
	count=$1 before=$2
	shift 2
	begin "$@" $bin/do_nothing
	until_true 20 events_reach "$before"
	kill -STOP "$(reader)"
	offer apart em0 "$count" 1 101000 >/dev/null
	kill -CONT "$(reader)"
	until_true 10 stats_reach packets "$count"
}

for flavour in $flavours; do
	pairs 20 1000 1000500
	pairs 50 100 100500
	stopped 30 0 -c 20/1s
	is "$packets $events" "30 0" "$title: the rate is not reached"
	harmless
	stopped 10 1 -t 100ms
	until_true 10 events_reach 11
	is "$events" 11 "$title: each silence is an event"
	harmless
done
done_testing
