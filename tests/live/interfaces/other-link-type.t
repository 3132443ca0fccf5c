#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# An interface with a filter comes back with another link type: the daemon
# counts there with a filter compiled for that type, and loses no packet; or it
# waits, if the expression is not valid for that type.
. tests/lib/live.sh
own_network "$@"

rounds=3
device=''

[ -c /dev/net/tun ] || skip_all "needs /dev/net/tun"

end_all() {
	[ -z "$device" ] || kill -KILL "$device" 2>/dev/null
	clean_up
}
trap end_all EXIT

absent() {
	! [ -d /sys/class/net/v1 ]
}

# make kind: creates v1 as Ethernet, raw IP (tun) or bare PPP. The device gets
# the name v1 only when it is complete. Packets for the network behind it leave
# on v1.
make() {
	kind=$1
	if [ "$kind" = veth ]; then
		ip link add v0 type veth peer name v1
		ip link set v0 up
		ip link set v1 up
	else
		# Removes the previous device's files.
		rm -f "$work/line" "$work/device"
		mkfifo "$work/line"
		$bin/send_mix -k "$kind" 10 w1 <"$work/line" >"$work/device" &
		device=$!
		exec 8>"$work/line"
		until_true 10 grep -qs ready "$work/device"
		ip link set w1 down
		ip link set w1 name v1 up
	fi
	ip addr add 192.0.2.1/24 dev v1
	[ "$kind" != veth ] ||
	    ip neigh add 192.0.2.2 dev v1 lladdr 02:00:00:00:00:01
}

unmake() {
	if [ "$kind" = veth ]; then
		ip link del v0
	else
		exec 8>&-
		wait "$device"
		device=''
	fi
	until_true 5 absent
}

# send number: sends the given number of packets that the filter accepts, and 5
# others.
send() {
	$bin/flood_udp 192.0.2.2 9001 5 >/dev/null
	$bin/flood_udp 192.0.2.2 9000 "$1" >/dev/null
	sum=$((sum + $1))
}

# lives kind ...: replaces v1 by each kind in turn.
lives() {
	for next; do
		turns=$((turns + 1))
		unmake
		until_true 5 lines_reach 'interface is gone' $turns
		make "$next"
		until_true 5 lines_reach 'interface is back' $turns
		send $((turns * 7 % 300 + 1))
	done
}

ip link del v0
make veth
for mode in extended classic; do
	[ $mode = extended ] ||
	    WRAP="setpriv --bounding-set -bpf,-sys_admin"
	sum=0 turns=0
	start -i v1 -c 7 -o drop -e 'udp dst port 9000' $bin/do_nothing
	like "$(cat "$log")" "$mode filter" "$mode mode"
	send 100
	round=0
	while [ $round -lt "$rounds" ]; do
		round=$((round + 1))
		lives tun ppp veth veth ppp tun tun ppp ppp veth
		[ $round -ne 1 ] || holdings >"$work/first"
	done
	until_true 5 stats_reach packets $sum
	is "$packets $events" "$sum $((sum / 7))" \
	    "$mode: packets and events of $turns interfaces"
	is "$(lines 'interface is gone') $(lines 'interface is back')" \
	    "$turns $turns" "$mode: each change is logged once"
	holdings >"$work/last"
	is "$(cat "$work/last")" "$(cat "$work/first")" \
	    "$mode: memory and descriptors do not grow"
	is "$(bound)" 1 "$mode: one socket is bound"
	stop

	# The daemon starts on a tunnel.
	unmake
	make tun
	sum=0 turns=0
	start -i v1 -c 10 -o queue -e 'udp dst port 9000' $bin/do_nothing
	send 105
	lives veth
	send 100
	until_true 5 stats_reach packets $sum
	is "$packets $events" "$sum $((sum / 10))" \
	    "$mode: counts from tun to Ethernet"
	stop

	# The expression is valid for Ethernet only.
	sum=0 turns=0
	start -i v1 -c 10 -e 'ether dst 02:00:00:00:00:01' $bin/do_nothing
	$bin/flood_udp 192.0.2.2 9000 60 >/dev/null
	for next in tun ppp; do
		turns=$((turns + 1))
		unmake
		make $next
		until_true 5 lines_reach 'link type changed' $turns
		is "$(lines 'link type changed, filter not applicable; not counting')" \
		    $turns "$mode: $next: filter not applicable, logged once"
		$bin/flood_udp 192.0.2.2 9000 50 >/dev/null
		ip link set v1 down
		ip link set v1 up
		ip addr add 192.0.2.1/24 dev v1 2>/dev/null
	done
	unmake
	make veth
	until_true 5 lines_reach 'interface is back' 1
	$bin/flood_udp 192.0.2.2 9000 40 >/dev/null
	until_true 5 stats_reach packets 100
	is "$packets $events" "100 10" \
	    "$mode: back on Ethernet: counting continues"
	is "$(lines 'link type changed')" 2 "$mode: no further message"
	stop
done

# At start the expression must be valid for the interface's link type.
unmake
make tun
status=0
timeout 10 "$BPFSTATSD" -i v1 -e 'ether dst 02:00:00:00:00:01' true \
    2>"$log" >/dev/null || status=$?
is "$status" 1 "filter not valid at start: exit 1"
like "$(cat "$log")" '^bpfstatsd: v1: filter: ' \
    "filter not valid at start: the message names it"
done_testing
