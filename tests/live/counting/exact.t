#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Exact counts: every Nth packet is an event, at the highest rate that the
# machine can send, with the extended and the classic filter.
. tests/lib/live.sh
own_network "$@"

frames=$(size 1000000 5000000)

received() {
	cat /sys/class/net/v1/statistics/rx_packets
}

# flood_from senders: sends from one process, or from two on two CPUs.
flood_from() {
	if [ "$1" -eq 1 ]; then
		$bin/flood v0 "$frames" >"$work/flood1" && return
	fi
	$bin/flood v0 $((frames / 2)) 0 >"$work/flood1" &
	first=$!
	$bin/flood v0 $((frames - frames / 2)) 1 >"$work/flood2" || return 1
	wait "$first"
}

# count mode senders N options ...: floods a daemon and checks its counts.
count() {
	mode=$1 senders=$2 every=$3
	shift 3
	what="$mode, $senders sender(s), N = $every${*:+, $*}"
	if ! start -c "$every" -i v1 "$@" $bin/do_nothing; then
		not_ok "$what: the daemon starts"
		return
	fi
	like "$(cat "$log")" "$mode filter" "$what: mode"
	already=$(received)
	flood_from "$senders" || not_ok "$what: the flood"
	is $(($(received) - already)) "$frames" "$what: frames arrived"
	until_true 20 stats_reach packets "$frames"
	is "$packets" "$frames" "$what: packets"
	is "$events" $((frames / every)) "$what: events"
	if [ "$*" = "-o queue" ]; then
		until_true 60 stats_reach runs $((frames / every))
	fi
	echo "# $line"
	echo "# $(cat "$work/flood1")"
	if [ "$mode" = extended ] && [ "$every" -ge 1000 ]; then
		quiet
	fi
	stop
	is "$status" 0 "$what: exit"
	check_environment
	[ "$*" != "-o queue" ] || is "$(lines ' started: ')" \
	    $((frames / every)) "$what: runs"
}

# The numbers in the log of runs: no event is counted twice, early or lost.
check_environment() {
	sums=$(sed -n 's/.* started: events \([0-9]*\), packets \([0-9]*\), total/\1 \2/p' "$log" |
	    awk -v n="$every" '
		{ events += $1 }
		$2 != $1 * n { wrong++ }
		$3 < events * n { early++ }
		END { printf "%d wrong, %d early, %d events\n",
		    wrong, early, events }')
	is "$sums" "0 wrong, 0 early, $events events" \
	    "$what: the runs add up to the events"
}

# One wake-up per event, and one more for each run that the next event overtook,
# because the runner then reports the end of that run to the watcher. How often
# that happens depends on the machine; wakeups.t uses commands that outlast the
# flood.
quiet() {
	echo "# wake-ups $wakeups, events + 2 = $((events + 2))"
	holds "$what: at most two wake-ups per event" \
	    [ "$wakeups" -le $((2 * events + 2)) ]
}

for every in 1 7 1000 $((frames - 1)); do
	count extended 1 "$every"
done
count extended 1 1000 -o queue
count extended 2 1000
count extended 2 1
WRAP="setpriv --bounding-set -bpf,-sys_admin"
for every in 1 7 1000 $((frames - 1)); do
	count classic 1 "$every"
done
count classic 1 1000 -o queue
count classic 2 1000
done_testing
