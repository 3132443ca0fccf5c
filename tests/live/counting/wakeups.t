#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Between events the daemon sleeps.
. tests/lib/live.sh
own_network "$@"

frames=$(size 1000000 5000000)

asleep() {
	awk '/^voluntary/ { print $2 }' "/proc/$watcher/status"
}

# flooded arguments: a command outlasts the flood, so that all events but the
# first come during its run.
flooded() {
	start -i v1 "$@" sleep 1000 || not_ok "$*: the daemon starts"
	$bin/flood v0 "$frames" >"$work/flood"
	until_true 10 stats_reach packets "$frames"
	is "$packets" "$frames" "$*: packets"
	slept=$(asleep)
	holds "$*: $wakeups wake-ups for $events events" \
	    [ "$wakeups" -le 6 ]
	holds "$*: $slept voluntary context switches" [ "$slept" -le 10 ]
	stop
}

# rare N: a threshold that is reached once or never.
rare() {
	start -i v1 -c "$1" $bin/do_nothing || not_ok "$1: the daemon starts"
	$bin/flood v0 "$frames" >"$work/flood"
	until_true 10 stats_reach packets "$frames"
	is "$events" $((frames / $1)) "N = $1: events"
	holds "N = $1: $wakeups wake-ups for $events events" \
	    [ "$wakeups" -le $((events + 2)) ]
	stop
}

# idle description: neither process makes a system call in five seconds.
idle() {
	slept=$(asleep)
	timeout -s INT 5 strace -f -qq -o "$work/trace" \
	    -p "$daemon" -p "$watcher" 2>"$work/strace"
	# strace itself interrupts and restarts the blocking call; such lines do
	# not count.
	is "$(grep -vcE 'unfinished|detached|resuming|resumed' "$work/trace")" \
	    0 "$1: number of system calls in 5 s"
	is "$(grep -vE 'unfinished|detached|resuming|resumed' "$work/trace")" \
	    "" "$1: no system call in 5 s"
	holds "$1: strace was attached" [ -s "$work/trace" ]
	echo "# switches: $slept before, $(asleep) after"
}

flooded -c 1
flooded -c 1000
flooded -c 1 -o queue
flooded -c 1 -o drop
rare $((frames - 1))
rare $((frames + 1000000))

for mode in extended classic; do
	WRAP=
	[ $mode = extended ] ||
	    WRAP="setpriv --bounding-set -bpf,-sys_admin"
	start -i v1 -c 10 $bin/do_nothing
	like "$(cat "$log")" "$mode filter" "$mode mode"
	$bin/flood v0 15 >/dev/null
	until_true 10 stats_reach runs 1
	idle "$mode"
	stop
done
done_testing
