#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Packets that are counted by key wake the watcher for events only: a flood of
# new sources wakes nobody, unless each is an event, but for the line in the log
# that a table is full.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh

frames=1000000

# tell: sets $packets, $events, $runs and $wakeups of the rule, for which no
# question wakes; and $polls, the times that the watcher has slept.
tell() {
	# shellcheck disable=SC2046
	set -- $(./bpfstatsctl -s "$work/sock" -j | python3 -c '
import json, sys
o = json.load(sys.stdin)
r = o["rules"][0]
print(r["packets"], r["events"], r["runs"], r["wakeups"], o["wakeups"])')
	packets=$1 events=$2 runs=$3 wakeups=$4 polls=$5
	asked=$((asked + 1))
}

told() {
	tell && [ "$packets $events" = "$1" ]
}

# flooded sources trigger events: floods a rule with the trigger.
flooded() {
	put "socket \"$work/sock\"
rule \"r\" on v1 { $2 }"
	start -p text -f "$rules" || not_ok "$2: the daemon starts"
	asked=0
	$bin/flood_sources v0 "$frames" "$1" >"$work/flood"
	until_true 20 told "$frames $3"
	is "$packets $events" "$frames $3" \
	    "$2, $1 sources: packets and events"
	took=$(sed 's/.* in \([0-9]*\) us/\1/' "$work/flood")
	took=$((took / 1000))
}

# wakes most: checks the wake-ups, with one for the line about a full table.
wakes() {
	full=$(lines 'table of keys is full')
	holds "$wakeups wake-ups for $events events, $runs runs in $took ms" \
	    [ "$wakeups" -le $(($1 + full)) ]
	holds "at most a line about a full table: $full" [ "$full" -le 1 ]
	holds "$asked questions, $polls times asleep" \
	    [ "$polls" -le $((wakeups + 3 * asked + 5)) ]
	stop
}

flooded 1000000 'every 1000 packets by source' 0
wakes 0
flooded 1000000 'every 1M bytes by source keys 1000' 0
wakes 0
flooded 1000000 'rate 500 packets / 10s by source' 0
wakes 0
flooded 1000000 'rate 500 packets / 10s by source keys 1000000' 0
wakes 0
flooded 1000000 'idle 1h by source' 0
wakes 1

# Each event wakes once, and so does the end of a run that others wait for.
flooded 1000000 'after 1h by source keys 1000' 1000
wakes $((events + runs + 1))
flooded 100 'every 1000 packets by source' $((frames / 1000))
wakes $((events + runs + 1))
flooded 100 'rate 20 packets / 1h by source' $((frames / 20))
wakes $((events + runs + 1))

# While a command runs and none could start, nobody wakes.
sleeps='run sleep 1000'
flooded 100 "every 1 packet by source $sleeps" "$frames"
wakes 3
flooded 100 "rate 20 packets / 1h by source $sleeps" $((frames / 20))
wakes 3
flooded 100 "after 1h by source $sleeps" 100
wakes 3

# As long as there are keys, the watcher looks 32 times in the time at most.
flooded 1000 'idle 5s by source' 0
wakes $((32 * took / 5000 + 2))
done_testing
