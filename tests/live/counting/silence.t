#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Silences that end with two packets at once, and a watcher that is stopped:
# each silence is an event and a rate is never early; also in a time namespace,
# where the kernel's clock differs.
. tests/lib/live.sh
own_network "$@"

events_reach() {
	stats && [ "$events" -ge "$1" ]
}

# pairs number milliseconds microseconds: sends pairs of packets with silences a
# little longer than the limit.
pairs() {
	start -i v1 -t "$2ms" $bin/do_nothing
	until_true 20 events_reach 1
	is "$events" 1 "idle $2 ms: one event before the first packet"
	$bin/send_pairs v0 "$1" "$3"
	until_true 20 events_reach $(($1 + 1))
	is "$packets $events" "$((2 * $1)) $(($1 + 1))" \
	    "idle $2 ms: $1 pairs of packets, $3 us apart: one silence per pair"
	stop
}

# Each pair ends one silence, however few the wake-ups.
pairs 20 1000 1000500
pairs 99 100 100100

# Several times on one interface: all exact.
cat >"$work/rules" <<RULES
rule "idle" on v1 {
	idle 50ms run "$PWD/$bin/do_nothing"
	idle 400ms run "$PWD/$bin/do_nothing"
	idle 1h run "$PWD/$bin/do_nothing"
}
rule "other" on v1 { idle 150ms run "$PWD/$bin/do_nothing" }
RULES

# counts: prints the events of each trigger, in the order of their times.
counts() {
	awk '/ started: events / {
		sub(/.*: idle /, ""); time = $0; sub(/:.*/, "", time)
		sub(/.* started: events /, ""); n[time] += $0
	}
	END { print n["50ms"] + 0, n["150ms"] + n["151ms"], n["400ms"] + 0,
	    n["1h"] + 0 }' "$log"
}

# all_are text: the counts equal the text.
all_are() {
	[ "$(counts)" = "$1" ]
}

start -f "$work/rules"
until_true 20 all_are '1 1 1 0'
# Each pause between the bursts and the one at the end adds an event to all but
# the longest time.
$bin/send_pairs v0 10 60000
sleep 0.5
$bin/send_pairs v0 5 160000
sleep 0.5
$bin/send_pairs v0 3 410000
holds "four times: every silence is an event" until_true 20 all_are '19 10 6 0'
counts | sed 's/^/# /'
# A reload: unchanged triggers continue their silence, new triggers begin one.
sed -i 's/150ms/151ms/' "$work/rules"
kill -HUP "$daemon"
holds "four times: a new trigger begins its silence" \
    until_true 20 all_are '19 11 6 0'
$bin/send_pairs v0 4 160000
holds "four times: unchanged triggers continue after a reload" \
    until_true 20 all_are '23 15 7 0'
counts | sed 's/^/# /'
stop

# Packets come at 10 per second while the watcher is stopped.
start -i v1 -c 30/1s $bin/do_nothing
kill -STOP "$watcher"
sent=0
while [ "$sent" -lt 40 ]; do
	$bin/flood v0 1 >/dev/null
	sent=$((sent + 1))
	sleep 0.1
done
kill -CONT "$watcher"
stats
is "$packets $events" "40 0" \
    "rate: 40 packets at 10 per second, watcher stopped: no event"
sleep 1.5
$bin/flood v0 29 >/dev/null
stats
is "$packets $events" "69 0" "rate: 29 packets at once are no event"
$bin/flood v0 31 >/dev/null
until_true 5 events_reach 2
is "$packets $events" "100 2" "rate: 60 packets at once are two events"
# The same after a first packet, when the watcher checks the rate.
sleep 1.5
$bin/flood v0 1 >/dev/null
kill -STOP "$watcher"
sent=0
while [ "$sent" -lt 40 ]; do
	sleep 0.1
	$bin/flood v0 1 >/dev/null
	sent=$((sent + 1))
done
kill -CONT "$watcher"
stats
is "$packets $events" "141 2" \
    "rate: watcher stopped after the first packet: no event"
stop

# Silences while the watcher is stopped.
start -i v1 -t 100ms $bin/do_nothing
until_true 20 events_reach 1
kill -STOP "$watcher"
$bin/send_pairs v0 10 101000
kill -CONT "$watcher"
until_true 20 events_reach 11
is "$events" 11 "idle: watcher stopped: each silence is an event"
stop

# The same for each key.
start -i v1 -t 100ms -k source $bin/do_nothing
$bin/flood_sources v0 1 1 >/dev/null
until_true 20 events_reach 1
kill -STOP "$watcher"
for _ in 1 2 3; do
	$bin/flood_sources v0 10 5 >/dev/null
	sleep 0.12
done
kill -CONT "$watcher"
until_true 20 events_reach 16
is "$events" 16 "idle by source: watcher stopped: each silence is an event"
stop

WRAP="setpriv --bounding-set -bpf,-sys_admin"
start -i v1 -t 100ms $bin/do_nothing
like "$(cat "$log")" 'classic filter' "idle: classic filter"
like "$(cat "$log")" 'a silence barely longer than its limit may be missed' \
    "the log names the limitation"
stop
WRAP=

# The kernel's clock is ahead of the namespace's, or behind.
for offset in 100000 -5; do
	if ! unshare -T --fork --monotonic=$offset true 2>/dev/null; then
		ok "time namespace # SKIP the kernel has none"
		continue
	fi
	WRAP="unshare -T --monotonic=$offset"
	start -i v1 -t 300ms $bin/do_nothing
	until_true 20 events_reach 1
	$bin/send_pairs v0 30 20000
	stats
	is "$events" 1 "time namespace, $offset s: steady traffic is no silence"
	sleep 0.5
	$bin/send_pairs v0 5 301000
	until_true 20 events_reach 7
	is "$packets $events" "70 7" \
	    "time namespace, $offset s: each silence is an event"
	stop
	WRAP=
done
done_testing
