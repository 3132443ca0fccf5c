#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The daemon waits for an interface that disappears, finds it again by name with
# any new index, and loses no count.
. tests/lib/live.sh
own_network "$@"

# Rounds in total. In the first $slow rounds the test waits for the messages;
# the others go as fast as possible while a sender floods.
rounds=$(size 200 1000)
slow=10

received() {
	cat /sys/class/net/[vo][1t]*/statistics/rx_packets
}

# of_type type number: sends the given number of frames of an Ethernet type from
# v0.
of_type() {
	perl -e 'socket(my $s, 17, 3, 0) or die $!;
	    for (1 .. $ARGV[2]) {
		    send($s, "\xff" x 6 . "\2" . "\0" x 5 . pack("H4", $ARGV[1])
			. "\0" x 46, 0, pack("S n i x12", 17, 0, $ARGV[0]))
			or die $!;
	    }' "$(cat /sys/class/net/v0/ifindex)" "$1" "$2"
}

make_pair() {
	ip link add v0 type veth peer name v1
	ip link set v0 up
	ip link set v1 up
}

unshare --net sleep 1000 &
away=$!
trap 'kill $away; clean_up' EXIT
is_apart() {
	[ "$(readlink "/proc/$away/ns/net")" != \
	    "$(readlink /proc/self/ns/net)" ]
}
until_true 5 is_apart

for mode in extended classic; do
	[ $mode = extended ] ||
	    WRAP="setpriv --bounding-set -bpf,-sys_admin"
	# A new pair: its counters begin with zero.
	ip link del v0
	make_pair
	start -i v1 -c 7 -o drop $bin/do_nothing
	like "$(cat "$log")" "$mode filter" "$mode mode"
	sum=0
	round=0
	while [ "$round" -lt "$slow" ]; do
		round=$((round + 1))
		$bin/flood v0 $((round * 37)) >/dev/null
		sum=$((sum + $(received)))
		ip link del v0
		until_true 5 lines_reach 'interface is gone' "$round" || break
		make_pair
		until_true 5 lines_reach 'interface is back' "$round" || break
	done
	is "$(lines 'interface is gone') $(lines 'interface is back')" \
	    "$slow $slow" "$mode: each change is logged once"
	holdings >"$work/first"
	flooded=$($bin/churn_interfaces $((rounds - slow)))
	sum=$((sum + ${flooded:-0}))
	# The last pair still exists, with its counter.
	$bin/flood v0 1000 >/dev/null
	sum=$((sum + $(received)))
	until_true 5 stats_reach packets "$sum"
	echo "# $sum packets"
	is "$packets" "$sum" "$mode: packets of $rounds interfaces"
	is "$events" $((sum / 7)) "$mode: events"
	# An interface that is back at once is not logged as gone.
	is "$(lines 'interface is back')" "$rounds" \
	    "$mode: every new interface is found"
	gone=$(lines 'interface is gone')
	holds "$mode: $gone times logged as gone" [ "$gone" -le "$rounds" ]
	holdings >"$work/last"
	is "$(cat "$work/last")" "$(cat "$work/first")" \
	    "$mode: memory and descriptors do not grow"

	had=$(received)
	ip link set v1 down
	ip link set v1 up
	$bin/flood v0 5 >/dev/null
	until_true 5 stats_reach packets $((sum + 5))
	is "$packets" $((sum + 5)) "$mode: down and up: counting continues"
	is "$(lines 'interface is gone')" "$gone" \
	    "$mode: down and up: no message"

	ip link set v1 down
	ip link set v1 name other
	ip link set other up
	until_true 5 lines_reach 'interface is gone' $((gone + 1))
	$bin/flood v0 5 >/dev/null
	# 0xffff is reserved; 0x05ff is a length, not a type.
	for type in ffff 05ff 0000; do
		of_type $type 3
	done
	is "$(received)" $((had + 19)) \
	    "$mode: packets arrive under another name"
	ip link set other down
	ip link set other name v1
	ip link set v1 up
	until_true 5 lines_reach 'interface is back' $((rounds + 1))
	$bin/flood v0 7 >/dev/null
	until_true 5 stats_reach packets $((sum + 12))
	is "$packets" $((sum + 12)) \
	    "$mode: packets under another name are not counted"

	# The interface moves to another namespace under the same name, and
	# back.
	ip link set v1 netns "$away"
	until_true 5 lines_reach 'interface is gone' $((gone + 2))
	nsenter -t "$away" -n ip link set v1 up
	$bin/flood v0 5 >/dev/null
	is "$(nsenter -t "$away" -n ip -s link show v1 |
	    awk '/RX:/ { getline; print $2 }')" $((had + 31)) \
	    "$mode: packets arrive in another namespace"
	nsenter -t "$away" -n ip link set v1 netns $$
	ip link set v1 up
	until_true 5 lines_reach 'interface is back' $((rounds + 2))
	$bin/flood v0 9 >/dev/null
	until_true 5 stats_reach packets $((sum + 21))
	is "$packets $events" "$((sum + 21)) $(((sum + 21) / 7))" \
	    "$mode: packets in another namespace are not counted"

	# The interface is absent while others come and go.
	ip link del v0
	until_true 5 lines_reach 'interface is gone' $((gone + 3))
	strace -f -qq -o "$work/trace" -p "$watcher" &
	tracer=$!
	until_true 5 grep -q '^TracerPid:.*[1-9]' "/proc/$watcher/status"
	# The first searches come without delay.
	for _ in 1 2 3 4; do
		ip link add d0 type veth peer name d1
		ip link del d0
	done
	calls=$(wc -l <"$work/trace")
	begin=$(date +%s)
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		ip link add d0 type veth peer name d1
		sleep 0.1
		ip link del d0
		sleep 0.05
	done
	calls=$(($(wc -l <"$work/trace") - calls))
	time=$(($(date +%s) - begin + 1))
	kill -INT "$tracer"
	wait "$tracer"
	echo "# $calls system calls in $time s of absence"
	holds "$mode: no busy loop while the interface is absent" \
	    [ "$calls" -le $((time * 20)) ]
	stop
	is "$status" 0 "$mode: exit"

	start_waiting() {
		# shellcheck disable=SC2086
		${WRAP:-} "$BPFSTATSD" -v -w -i v1 -c 7 $bin/do_nothing 2>"$log" &
		daemon=$!
		until_true 5 grep -q counting "$log"
	}
	start_waiting
	make_pair
	until_true 5 lines_reach 'interface has appeared' 1
	is "$(lines 'interface is back')" 0 \
	    "$mode: -w: the first appearance is not logged as back"
	$bin/flood v0 70 >/dev/null
	until_true 5 stats_reach packets 70
	is "$packets $events" "70 10" "$mode: -w waits for the interface"
	stop
done
done_testing
