#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The conditions rate and idle on live packets: when they are due, when not, and
# how many wake-ups they cost.
. tests/lib/live.sh
own_network "$@"

stamps=$work/stamps
stamp=$bin/timestamp
without_bpf="setpriv --bounding-set -bpf,-sys_admin"

in_mode() {
	mode=$1
	WRAP=
	[ "$mode" = extended ] || WRAP=$without_bpf
}

milliseconds() {
	echo $(($(date +%s%N) / 1000000))
}

# packets_in number seconds: sends packets one at a time, with the given pause.
packets_in() {
	sent=0
	while [ "$sent" -lt "$1" ]; do
		[ "$sent" -eq 0 ] || sleep "$2"
		$bin/flood v0 1 >/dev/null
		sent=$((sent + 1))
	done
}

events_are() {
	stats && [ "$events" -eq "$1" ]
}

# A rate is checked every 1/36 of its time; the pauses of 1.2 s end each period
# before the next packets.
rate() {
	in_mode "$1"
	start -i v1 -c 5/1s $bin/do_nothing
	like "$(cat "$log")" 'v1: counting, rate 5 packets / 1s, ' "$mode: rate"
	packets_in 5 0.4
	sleep 1.2
	stats
	is "$packets $events" "5 0" "$mode: 5 packets in more than a second"
	packets_in 4 0.01
	sleep 1.2
	stats
	is "$packets $events" "9 0" "$mode: 4 packets in a moment"
	packets_in 5 0.01
	holds "$mode: 5 packets in a moment are an event" \
	    until_true 2 events_are 1
	sleep 1.2
	packets_in 3 0.2
	packets_in 2 0.01
	holds "$mode: 5 packets in half a second are an event" \
	    until_true 2 events_are 2
	sleep 1.2
	# A flood: each packet belongs to exactly one event.
	$bin/flood v0 1003 >/dev/null
	holds "$mode: 1003 at once are 200 events" until_true 2 events_are 202
	stop
}

# flood_for seconds: sends at full rate; the duration in ms is in $took.
flood_for() {
	begun=$(milliseconds)
	until [ $(($(milliseconds) - begun)) -ge "$1"000 ]; do
		$bin/flood v0 100000 >/dev/null
	done
	took=$(($(milliseconds) - begun))
}

# asleep title: neither process makes a system call in two seconds.
asleep() {
	timeout -s INT 2 strace -f -qq -o "$work/trace" \
	    -p "$daemon" -p "$watcher" 2>"$work/strace"
	# strace itself interrupts and restarts the blocking call; such lines do
	# not count.
	is "$(grep -vE 'unfinished|detached|resuming|resumed' "$work/trace")" \
	    "" "$1: no system call when no packet comes"
	holds "$1: strace was attached" [ -s "$work/trace" ]
}

# wakeups_of trigger command: a flood causes at most 40 wake-ups per time of the
# rate (1 s) and one per end of a run.
wakeups_of() {
	start -i v1 "$@"
	flood_for 3
	stats
	holds "$mode: $*: $wakeups wake-ups in $took ms, $runs runs" \
	    [ "$wakeups" -le $((40 * (took + 999) / 1000 + runs + 3)) ]
	echo "# $line"
	sleep 1.2
	asleep "$mode: $*"
	stop
}

# lateness milliseconds: prints, sorted, how many ms each event came after its
# silence, and 1 if the event was not early; from the stamps "sent before after"
# and "idle when".
lateness() {
	awk -v silence="$1" '
	$1 == "sent" { before = $2; after = $3 }
	$1 == "idle" && before {
		printf "%.2f %d\n", ($2 - after) / 1000000 - silence,
		    (($2 - before) / 1000000 >= silence)
		before = 0
	}' "$stamps" | sort -n
}

# quantile percent: prints a quantile of $work/late.
quantile() {
	awk -v p="$1" '{ v[NR] = $1 } END { print v[int((NR - 1) * p / 100) + 1] }' \
	    "$work/late"
}

idles() {
	[ -e "$stamps" ] && [ "$(grep -c '^idle' "$stamps")" -ge "$1" ]
}

# silences number milliseconds bound: sends the given number of packets and
# measures how late the idle events come.
silences() {
	: >"$stamps"
	start -i v1 -t "$2ms" $stamp "$stamps"
	like "$(cat "$log")" "v1: counting, idle ${2}ms, $mode" \
	    "$mode: idle, $mode filter"
	holds "$mode: no packet since the start: an event" until_true 5 idles 1
	round=1
	while [ "$round" -le "$1" ]; do
		$stamp "$stamps" v0
		until_true 5 idles $((round + 1)) || break
		round=$((round + 1))
	done
	stats
	is "$packets $events" "$1 $(($1 + 1))" "$mode: one event per silence"
	lateness "$2" >"$work/late"
	is "$(wc -l <"$work/late") $(grep -c ' 1$' "$work/late")" "$1 $1" \
	    "$mode: no event is early"
	echo "# $mode, ${2} ms: late by $(quantile 0) to $(quantile 100) ms," \
	    "median $(quantile 50), with the start of the command"
	# The machine may delay the others.
	holds "$mode: four in five late by $3 ms at most" \
	    awk -v late="$(quantile 80)" -v bound="$3" \
	    'BEGIN { exit !(late <= bound) }'
	sleep 1
	stats
	is "$events" $(($1 + 1)) "$mode: no second event in the same silence"
	asleep "$mode, silence"
	stop
}

# steady wake-ups: packets every 10 ms are no silence and cost few wake-ups.
steady() {
	start -i v1 -t 500ms $bin/do_nothing
	stats
	already=$wakeups
	begun=$(milliseconds)
	packets_in 150 0.01
	took=$(($(milliseconds) - begun))
	stats
	is "$packets $events" "150 0" "$mode: steady traffic is no silence"
	holds "$mode: $((wakeups - already)) wake-ups in $took ms, $1 in 500" \
	    [ $((wakeups - already)) -le $(($1 * (took + 499) / 500 + 2)) ]
	stop
}

for mode in extended classic; do
	rate $mode
	wakeups_of -c 1000000000/1s $bin/do_nothing
	wakeups_of -c 1000/1s -o drop $bin/do_nothing
done
in_mode extended
wakeups_of -b 1G/1s $bin/do_nothing
start -i v1 -b 300/1s $bin/do_nothing
packets_in 4 0.01
sleep 1.2
packets_in 5 0.01
holds "300 bytes in a moment are an event" until_true 2 events_are 1
is "$packets $(value bytes)" "9 540" "9 packets have 540 bytes"
stop

in_mode extended
silences 20 150 10
steady 2
in_mode classic
silences 20 320 20
# At this low rate each packet costs one wake-up and the rearming another.
steady 80
in_mode extended

# "every" starts at the first packet, "idle" ends after the last, as for a
# camera.
# shellcheck disable=SC2016
start -i v1 -c 1 -t 1s sh -c 'echo "$BPFSTATSD_EVENT $BPFSTATSD_EVENTS \
$BPFSTATSD_COUNT $BPFSTATSD_TOTAL"'

changes() {
	cut -d ' ' -f 1 "$work/out" | uniq | tr '\n' ' '
}

changed() {
	[ "$(changes)" = "$1" ]
}

is "$(grep -c ': counting, ' "$log")" 2 "both triggers count"
holds "idle event after the start" until_true 5 changed 'idle '
packets_in 20 0.1
is "$(changes)" 'idle every ' "one every event while packets come"
holds "idle event after the last packet" until_true 5 changed 'idle every idle '
packets_in 1 0
holds "every event when packets come again" \
    until_true 5 changed 'idle every idle every '
holds "second idle event" until_true 5 changed 'idle every idle every idle '
is "$(awk '$1 == "idle"' "$work/out")" 'idle 1 0 0
idle 1 0 20
idle 1 0 21' "the environment of idle runs"
is "$(awk '$1 == "every" { n += $3 } END { print n }' "$work/out")" 21 \
    "the packets of the other runs add up"
stats
is "$packets $events" "21 24" "the statistics sum up both triggers"
like "$(cat "$log")" ': v1: every 1 packet: pid [0-9]+ started: events 1,' \
    "the log names the trigger: every"
like "$(cat "$log")" ': v1: idle 1s: pid [0-9]+: exit 0 after [0-9]+ us: events 1,' \
    "the log names the trigger: idle"
stop

# All five conditions of the command line.
# shellcheck disable=SC2016
start -i v1 -c 10 -b 1K -c 20/10s -b 600/10s -t 2s -o queue sh -c \
    'echo "$BPFSTATSD_EVENT $BPFSTATSD_EVENTS $BPFSTATSD_COUNT"'
$bin/flood v0 20 >/dev/null
until_true 5 stats_reach runs 7
is "$(sort "$work/out" | uniq -c | sed 's/^ *//')" '2 every 1 10
1 every 1 1024
1 idle 1 0
1 rate 1 20
2 rate 1 600' "five conditions: events and counts"
stop
done_testing
