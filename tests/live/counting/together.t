#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Two interfaces counted as one: the sum of packets and bytes is exact, also
# across a reload and a lost interface; silence is silence on both. A savefile
# causes the same events as live packets.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh

frames=$(size 100003 1000003)

second_pair() {
	ip link add w0 type veth peer name w1
	ip link set w0 up
	ip link set w1 up
	until_true 5 grep -q up /sys/class/net/w1/operstate
}

# told rule: prints the sum of the rule's events in the lines.
told() {
	awk -v rule="$1" '$6 == rule { n += $3 } END { print n + 0 }' \
	    "$work/out"
}

# as_sent: the rules have told an event for every 7 of $sent packets of 60 bytes
# and, with the extended filter, for every 1000 bytes.
as_sent() {
	[ "$(told sum)" -eq $((sent / 7)) ] || return 1
	[ $mode = classic ] || [ "$(told bytes)" -eq $((sent * 60 / 1000)) ]
}

# flood number number: sends at once to both interfaces.
flood() {
	$bin/flood v0 "$1" >/dev/null &
	other=$!
	$bin/flood w0 "$2" >/dev/null
	wait $other
	sent=$((sent + $1 + $2))
}

exact() {
	holds "$mode: $1: $sent packets" until_true 10 as_sent
	as_sent || echo "# $(told sum) $(told bytes)"
}

kinds() {
	awk '$6 == "quiet" { printf "%s ", $2 }' "$work/out"
}

kinds_are() {
	[ "$(kinds)" = "$1" ]
}

sum='rule "sum" on together { v1 w1 } { every 7 packets }'
bytes='rule "bytes" on together { v1, w1 } { every 1000 bytes }'

second_pair
for mode in extended classic; do
	WRAP=
	both="$sum $bytes"
	[ $mode = extended ] || {
		WRAP="setpriv --bounding-set -bpf,-sys_admin"
		both=$sum
	}
	sent=0
	put "$both"
	start -p text -f "$rules" || break
	like "$(cat "$log")" "sum: counting, .*$mode filter.*; $mode filter" \
	    "$mode mode"
	flood 5 1
	exact 'one packet less than an event'
	$bin/flood w0 1 >/dev/null
	sent=$((sent + 1))
	exact 'an event of both interfaces'
	flood "$frames" $((frames / 2))
	exact 'a flood on both'
	$bin/flood w0 777 >/dev/null
	sent=$((sent + 777))
	exact 'a flood on one'
	put "$both
		rule \"more\" on together { v1 w1 } { every 1000 packets }"
	reload 'reload: rules' || not_ok "$mode: the reload ends"
	flood 1000 2000
	exact 'after a reload'
	until_true 5 stats_reach packets 3000
	is "$(told more)" 3 "$mode: a rule of the reload begins at zero"
	ip link del w0
	until_true 10 lines_reach 'interface is gone' 1 ||
	    not_ok "$mode: the interface is gone"
	$bin/flood v0 3000 >/dev/null
	sent=$((sent + 3000))
	exact 'one of the interfaces is gone'
	second_pair
	until_true 10 lines_reach 'interface is back' 1 ||
	    not_ok "$mode: the interface is back"
	flood 500 4000
	exact 'the interface is back'
	is "$(awk '{ print $7 }' "$work/out" | sort -u)" 'v1,w1' \
	    "$mode: the lines name both interfaces"
	stop

	put 'rule "quiet" on together { v1 w1 } { after 500ms; idle 500ms }'
	start -p text -f "$rules"
	until_true 5 kinds_are 'idle '
	# Each interface is silent for 600 ms, both are for 300 ms.
	$bin/send_pairs v0 4 600000 &
	pairs=$!
	sleep 0.3
	$bin/send_pairs w0 4 600000
	wait $pairs
	holds "$mode: silence on one interface is no silence" \
	    until_true 5 kinds_are 'idle after idle '
	kinds_are 'idle after idle ' || echo "# $(kinds)"
	stats
	is "$packets" 16 "$mode: the packets of both"
	stop
done

# A savefile in place of the interfaces: the lines, and those of live packets.
lines_are() {
	[ "$(wc -l <"$work/out")" -ge "$1" ]
}

# order file: prints the events of each rule in their order.
order() {
	awk '{ print $6, $2, $3 }' "$1" | sort -s -k 1,1
}

WRAP=
put 'rule "a" on v1 { after 300ms; below 5 packets / 500ms }
	rule "b" on v1 { every 10 packets; calm 300ms }
	rule "w" on v1 { while 400ms }
	rule "t" on together { v1 w1 } { every 7 packets; idle 300ms }'
$bin/write_savefile 1000000 1000000 1000000 1000000 1000000 1000000 1000000 \
    1000000 1000000 1000000 3000000 3000000 5000000 >"$work/capture"
"$BPFSTATSD" -n -p text -r "$work/capture" -f "$rules" >"$work/replay"
is "$(order "$work/replay" | tr '\n' ',')" "$(printf '%s,' 'a after 1' \
    'a below 1' 'a after 1' 'a after 1' 'b every 1' 'b calm 1' 't every 1' \
    't idle 1' 't idle 1' 'w while 1' 'w while 1' 'w while 1')" \
    'a savefile: one capture for all rules'
start -p text -f "$rules"
until_true 5 lines_are 1
$bin/flood v0 10 >/dev/null
until_true 5 lines_are 8
$bin/flood v0 2 >/dev/null
until_true 5 lines_are 11
sleep 0.5
$bin/flood v0 1 >/dev/null
until_true 5 lines_are 13
sed 1d "$work/out" | head -n 12 >"$work/live"
is "$(order "$work/live")" "$(order "$work/replay")" \
    'live packets cause the same events'
stop
done_testing
