#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Packets that are not counted, as the manual says under COUNTING: dropped by
# XDP, or for other hosts.
. tests/lib/live.sh
own_network "$@"

# send interface destination count: sends frames from 02:00:00:00:00:44.
send() {
	python3 - "$@" <<-'PYTHON'
		import socket, sys
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind((sys.argv[1], 0))
		frame = bytes.fromhex(sys.argv[2]) + \
		    bytes.fromhex("02000000004488b5") + bytes(46)
		for _ in range(int(sys.argv[3])):
		    s.send(frame)
	PYTHON
}
foreign=020000000055
everybody=ffffffffffff

# None of 7 dropped incoming frames counts; 3 outgoing frames do.
for how in generic native; do
	for mode in extended classic; do
		about="XDP, $how, $mode filter"
		WRAP=
		[ $mode = extended ] || WRAP='setpriv --bounding-set -bpf,-sys_admin'
		holds "$about: the daemon starts" start -i v1 -c 1 -o drop true
		like "$(cat "$log")" "$mode filter" "$about: mode"
		send v0 $everybody 5
		holds "$about: packets count before" \
		    until_true 5 stats_reach packets 5
		holds "$about: a program that drops is attached" \
		    $bin/xdp_drop v1 $how
		send v0 $everybody 7
		send v1 $everybody 3
		until_true 5 stats_reach packets 8
		is "$packets" 8 \
		    "$about: outgoing packets count, dropped ones do not"
		ip link set v1 xdp off
		ip link set v1 xdpgeneric off
		send v0 $everybody 2
		until_true 5 stats_reach packets 10
		is "$packets" 10 \
		    "$about: packets count again after it is detached"
		stop
	done
done
WRAP=

# foreign interface wanted [option ...]: sends 7 packets for another host, of
# which the wanted number counts, and 2 broadcasts.
foreign() {
	interface=$1 wanted=$2
	shift 2
	holds "$about: the daemon starts" \
	    start -i "$interface" -c 1 -o drop "$@" true
	send v0 $foreign 7
	send v0 $everybody 2
	until_true 5 stats_reach packets $((wanted + 2))
	is "$packets" $((wanted + 2)) "$about: $wanted of 7 count"
	stop
}

# A bridge ignores packets for other hosts unless it is promiscuous.
ip link add br0 address 02:00:00:00:00:77 type bridge mcast_snooping 0
ip link set v1 master br0
ip link set br0 up
for options in '' '-Q in'; do
	ip link set br0 promisc off
	about="packets for other hosts${options:+, $options}"
	# shellcheck disable=SC2086
	foreign br0 0 $options
	ip link set br0 promisc on
	about="promiscuous: $about"
	# shellcheck disable=SC2086
	foreign br0 7 $options
done
ip link del br0
# veth delivers all packets.
about='veth: packets for other hosts'
foreign v1 7
about='veth, promiscuous: packets for other hosts'
ip link set v1 promisc on
foreign v1 7
done_testing
