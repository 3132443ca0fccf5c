#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Every Nth packet is an event, at the highest rate that the machine makes, in
# the extended and in the classic mode.
. tests/lib/live.sh
own_network "$@"

frames=${FRAMES:-5000000}

received() {
	cat /sys/class/net/v1/statistics/rx_packets
}

# flood: from one sender, or from two on two processors.
flood_from() {
	if [ "$1" -eq 1 ]; then
		$bin/flood v0 "$frames" >"$work/flood1" && return
	fi
	$bin/flood v0 $((frames / 2)) 0 >"$work/flood1" &
	first=$!
	$bin/flood v0 $((frames - frames / 2)) 1 >"$work/flood2" || return 1
	wait "$first"
}

# count mode senders N options ...
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

# The runs' own words: no event twice, none early, none forgotten.
check_environment() {
	sums=$(sed -n 's/.* started: events \([0-9]*\), packets \([0-9]*\), total/\1 \2/p' "$log" |
	    awk -v n="$every" '
		{ events += $1 }
		$2 != $1 * n { wrong++ }
		$3 < events * n { early++ }
		END { printf "%d wrong, %d early, %d events\n",
		    wrong, early, events }')
	is "$sums" "0 wrong, 0 early, $events events" "$what: what runs stand for"
}

# A wake-up an event, and one more for each run that the next event overtook,
# because the watcher has to hear of its end then.  How often that happens is
# the machine's business; the next test has commands that leave no doubt.
quiet() {
	echo "# wake-ups $wakeups, events + 2 = $((events + 2))"
	holds "$what: no more than two wake-ups an event" \
	    [ "$wakeups" -le $((2 * events + 2)) ]
}

for every in 1 7 1000 4999999; do
	count extended 1 "$every"
done
count extended 1 1000 -o queue
count extended 2 1000
count extended 2 1
WRAP="setpriv --bounding-set -bpf,-sys_admin"
for every in 1 7 1000 4999999; do
	count classic 1 "$every"
done
count classic 1 1000 -o queue
count classic 2 1000
done_testing
