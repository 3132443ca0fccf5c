#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# An interface comes back with another link type while there is a filter: it
# is taken, with the filter for that kind, and no packet is lost; or the filter
# makes no sense there, and it is waited on.
. tests/lib/live.sh
own_network "$@"

rounds=${ROUNDS:-3}
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

# make kind: v1 is Ethernet, raw IP, or PPP, of which the kernel knows no more
# than that.  It has the name when it is of its kind, and not before.  What is
# sent to the network behind it leaves on it.
make() {
	kind=$1
	if [ "$kind" = veth ]; then
		ip link add v0 type veth peer name v1
		ip link set v0 up
		ip link set v1 up
	else
		# What the one before has said is none of this one's.
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

# send number: so many that count, and some that do not.
send() {
	$bin/flood_udp 192.0.2.2 9001 5 >/dev/null
	$bin/flood_udp 192.0.2.2 9000 "$1" >/dev/null
	sum=$((sum + $1))
}

# lives kind ...: in one after the other v1 comes and goes.
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
	is "$packets $events" "$sum $((sum / 7))" "$mode: $turns lives"
	is "$(lines 'interface is gone') $(lines 'interface is back')" \
	    "$turns $turns" "$mode: each said once"
	holdings >"$work/last"
	is "$(cat "$work/last")" "$(cat "$work/first")" "$mode: nothing grows"
	is "$(bound)" 1 "$mode: one socket is bound"
	stop

	# It starts on a tunnel.
	unmake
	make tun
	sum=0 turns=0
	start -i v1 -c 10 -o queue -e 'udp dst port 9000' $bin/do_nothing
	send 105
	lives veth
	send 100
	until_true 5 stats_reach packets $sum
	is "$packets $events" "$sum $((sum / 10))" "$mode: from tun to Ethernet"
	stop

	# What it asks is to be found on Ethernet alone.
	sum=0 turns=0
	start -i v1 -c 10 -e 'ether dst 02:00:00:00:00:01' $bin/do_nothing
	$bin/flood_udp 192.0.2.2 9000 60 >/dev/null
	for next in tun ppp; do
		turns=$((turns + 1))
		unmake
		make $next
		until_true 5 lines_reach 'link type changed' $turns
		is "$(lines 'link type changed, filter not applicable; not counting')" \
		    $turns "$mode: $next: the filter makes no sense, said once"
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
	is "$packets $events" "100 10" "$mode: back on Ethernet, it counts on"
	is "$(lines 'link type changed')" 2 "$mode: and said no more"
	stop
done

# Its own kind is the one for which the expression has to make sense.
unmake
make tun
status=0
timeout 10 "$BPFSTATSD" -i v1 -e 'ether dst 02:00:00:00:00:01' true \
    2>"$log" >/dev/null || status=$?
is "$status" 1 "the filter makes no sense from the start: exit"
like "$(cat "$log")" '^bpfstatsd: v1: filter: ' "and why"
done_testing
