#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The conditions after, below and calm on live packets, beside idle: when they
# are due, how many wake-ups they cost, and that nobody wakes up for silence.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh

without_bpf="setpriv --bounding-set -bpf,-sys_admin"

# told rule: prints the kinds and sums of the events in the rule's lines.
told() {
	awk -v rule="$1" '$6 == rule {
		if (!($2 in n))
			order[++kinds] = $2
		n[$2] += $3
	}
	END {
		for (i = 1; i <= kinds; i++)
			printf("%s%s %d", (i > 1) ? " " : "", order[i],
			    n[order[i]])
	}' "$work/out"
}

# all_told: the events of the rules equal $wanted.
all_told() {
	[ "$(for rule in after below every rate home; do
		told $rule
		echo
	done)" = "$wanted" ]
}

# then_told after below every rate home description: waits for these events.
then_told() {
	wanted=$(printf '%s\n' "$1" "$2" "$3" "$4" "$5")
	what=$6
	if until_true 10 all_told; then
		ok "$mode: $what"
	else
		not_ok "$mode: $what" "$(cat "$work/out")"
	fi
}

# asleep title: no process makes a system call in two seconds.
asleep() {
	find_opener
	timeout -s INT 2 strace -f -qq -o "$work/trace" -p "$daemon" \
	    -p "$opener" -p "$watcher" 2>"$work/strace"
	# strace itself interrupts and restarts the blocking call; such lines do
	# not count.
	is "$(grep -vE 'unfinished|detached|resuming|resumed' "$work/trace")" \
	    "" "$1: no system call when no packet comes"
	holds "$1: strace was attached" [ -s "$work/trace" ]
}

milliseconds() {
	echo $(($(date +%s%N) / 1000000))
}

# wakeups_of milliseconds triggers: a flood causes at most 40 wake-ups in the
# time of the condition, and one for the end of each run.
wakeups_of() {
	put "rule \"cost\" on v1 { $2 }"
	start -p text -f "$rules"
	begun=$(milliseconds)
	until [ $(($(milliseconds) - begun)) -ge 1000 ]; do
		$bin/flood v0 100000 >/dev/null
	done
	took=$(($(milliseconds) - begun))
	stats
	most=$((40 * (took + $1 - 1) / $1 + runs + 3))
	holds "$mode: $2: $wakeups wake-ups in $took ms, at most $most" \
	    [ "$wakeups" -le "$most" ]
	stop
}

for mode in extended classic; do
	WRAP=
	[ $mode = extended ] || WRAP=$without_bpf
	put 'rule "after" on v1 { after 300ms }
		rule "below" on v1 { below 5 packets / 500ms }
		rule "every" on v1 { every 10 packets; calm 300ms }
		rule "rate" on v1 { rate 5 packets / 300ms; calm 300ms }
		rule "home" on v1 { after 300ms; idle 300ms }'
	start -p text -f "$rules"
	like "$(cat "$log")" "below: counting, .*$mode filter" "$mode mode"
	then_told '' '' '' '' 'idle 1' 'the start is no packet but for idle'
	$bin/flood v0 20 >/dev/null
	then_told 'after 1' 'below 1' 'every 2 calm 1' 'rate 4 calm 1' \
	    'idle 2 after 1' '20 packets and a silence'
	# Too few packets to arm below again, or for a rate.
	$bin/flood v0 4 >/dev/null
	then_told 'after 2' 'below 1' 'every 2 calm 1' 'rate 4 calm 1' \
	    'idle 3 after 2' '4 packets and a silence'
	sleep 0.5
	then_told 'after 2' 'below 1' 'every 2 calm 1' 'rate 4 calm 1' \
	    'idle 3 after 2' 'nothing more while the silence lasts'
	$bin/flood v0 6 >/dev/null
	then_told 'after 3' 'below 2' 'every 3 calm 2' 'rate 5 calm 2' \
	    'idle 4 after 3' '6 packets arm below and each calm again'
	is "$(awk '$6 == "home" { printf "%s ", $2 }' "$work/out")" \
	    'idle after idle after idle after idle ' \
	    "$mode: idle and after take turns"
	asleep "$mode"
	stop
	wakeups_of 500 'below 1000 packets / 500ms'
	wakeups_of 300 'after 300ms'
	wakeups_of 500 'rate 1000000000 packets / 500ms; calm 300ms'
done
done_testing
