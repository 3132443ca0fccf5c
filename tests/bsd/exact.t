#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each system: every Nth packet is an event, when buffers overflow, with a
# filter, when counters wrap, and when the watcher is stopped for a while.
. tests/bsd/lib.sh
own_network "$@"

packets_wanted=$(size 300000 1000000)
burst=100000

overflowed() {
	[ "$(dropped em0)" -gt 0 ]
}

# settle packets N: checks that all packets are counted.
settle() {
	wanted=$1 every=$2
	until_true 20 stats_reach packets "$wanted"
	is "$(accepted em0)" "$wanted" "$title: accepted"
	is "$packets $events" "$wanted $((wanted / every))" \
	    "$title: packets and events"
	echo "# $line"
	echo "# $(offer devices)"
}

overflow() {
	title="$flavour, N = $1"
	begin -c "$1" $bin/do_nothing
	echo "# $(offer send em0 "$packets_wanted" $burst 2000)"
	settle "$packets_wanted" "$1"
	holds "$title: buffers overflow" overflowed
	harmless
}

filtered() {
	share=$1
	shift
	title="$flavour, $*"
	begin -c 7 "$@" $bin/do_nothing
	offer send em0 "$packets_wanted" $burst 2000 >/dev/null
	settle $((packets_wanted / share)) 7
	harmless
}

# -Q out works on some systems only.
outgoing() {
	case $flavour in
	dragonfly | macos)
		title="$flavour, -Q out"
		flavour "$flavour"
		offer create em0
		start -i em0 -Q out true >/dev/null
		holds "$title: refused" grep -q -- '-Q.*not supported' "$log"
		;;
	*) filtered 2 -Q out ;;
	esac
}

# A filter that is too long for the kernel is an error with a remedy.
long() {
	title="$flavour, a long filter"
	flavour "$flavour"
	offer create em0
	start -i em0 -e "$(awk 'BEGIN { for (i = 0; i < 450; i++)
		printf "%ssrc host 10.0.%d.%d", i ? " or " : "", i / 256,
		    i % 256 }')" true >/dev/null
	holds "$title: refused" grep -q \
	    '[0-9] instructions, the kernel takes at most 512; .* table' "$log"
}

wrapped() {
	title="$flavour, a counter wraps"
	begin -c 1000 $bin/do_nothing
	offer drop em0 4294967290
	until_true 10 stats_reach packets 4294967290
	offer send em0 "$packets_wanted" $burst 2000 >/dev/null
	settle $((4294967290 + packets_wanted)) 1000
	harmless
}

stopped() {
	title="$flavour, stopped"
	begin -c 7 $bin/do_nothing
	offer send em0 1000 >/dev/null
	until_true 10 stats_reach packets 1000
	offer send em0 $((packets_wanted / 2)) 1000 3000 >/dev/null &
	sender=$!
	kill -STOP "$(reader)"
	holds "$title: buffers overflow" until_true 10 overflowed
	kill -CONT "$(reader)"
	wait "$sender"
	settle $((packets_wanted / 2 + 1000)) 7
	harmless
}

for flavour in $flavours; do
	for every in 1 7 1000; do
		overflow "$every"
	done
	filtered 2 -e tcp
	filtered 2 -Q in
	filtered 4 -Q in -e udp
	outgoing
	long
	wrapped
	stopped
done
done_testing
