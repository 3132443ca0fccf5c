#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each system: -Q on interfaces whose packets have both directions, and on
# loopback and log interfaces, where the kernel gives all packets one direction.
. tests/bsd/lib.sh
[ -n "${FLAVOURS:-}" ] || at_once "$0"
own_network "$@"

# counts direction interface packets: of 1000 packets this number counts.
counts() {
	title="$flavour, -Q $1 on $2"
	start -i "$2" -Q "$1" -c 7 $bin/do_nothing ||
	    not_ok "$title: the daemon starts"
	offer send "$2" 1000 >/dev/null
	until_true 10 stats_reach packets "$3"
	is "$packets $events" "$3 $(($3 / 7))" "$title: packets and events"
	stop
	is "$status" 0 "$title: exit"
}

# refuses interface: -Q out is an error.
refuses() {
	title="$flavour, -Q out on $1"
	start -i "$1" -Q out true >/dev/null
	like "$(cat "$log")" "$1: -Q out.* not supported" "$title: refused"
}

# returns interface type: the device opener opens the next device.
returns() {
	title="$flavour, -Q in on $1, which returns"
	start -i "$1" -Q in -c 7 $bin/do_nothing ||
	    not_ok "$title: the daemon starts"
	offer destroy "$1"
	until_true 5 lines_reach 'interface is gone' 1
	offer create "$1" "$2"
	until_true 5 lines_reach 'interface is back' 1
	offer send "$1" 1000 >/dev/null
	until_true 10 stats_reach packets 1000
	is "$packets" 1000 "$title: packets"
	stop
}

for flavour in $flavours; do
	flavour "$flavour"
	# DLT_LOOP or DLT_NULL: the link type of loopback, and of tunnels.
	case $flavour in
	openbsd*) loop=108 ;;
	*) loop=0 ;;
	esac
	offer create em0
	offer create tun0 "$loop"
	offer create lo0 "$loop"
	offer create pflog1 117
	for name in em0 tun0; do
		counts in "$name" 500
		counts inout "$name" 1000
		case $flavour in
		dragonfly | macos) refuses "$name" ;;
		*) counts out "$name" 500 ;;
		esac
	done
	for name in lo0 pflog1; do
		counts in "$name" 1000
		counts out "$name" 1000
		counts inout "$name" 1000
	done
	returns lo0 "$loop"
	returns pflog1 117
	is "$(offer violations)" 0 "$flavour: no pledge violation"
done
done_testing
