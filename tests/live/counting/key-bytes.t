#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The kernel makes the same key of a packet as key_extract(): of generated
# packets of each link type, and of frames with tags in the bytes and outside.
. tests/lib/live.sh
own_network "$@"

# agree name command ...: the command succeeds. Its last line goes to $figures.
agree() {
	name=$1
	shift
	if "$@" >"$work/figures"; then
		ok "$name"
	else
		not_ok "$name" "$(head -n 20 "$work/figures")"
	fi
	figures=$(tail -n 1 "$work/figures")
	echo "# $figures"
}

# number word: prints the number in front of the word in $figures.
number_of() {
	echo "$figures" | sed -n "s/.* \([0-9]*\) $1.*/\1/p"
}

# generated link least-found least-cut most-work: 10,000 packets for each key.
generated() {
	# shellcheck disable=SC2086
	agree "$1, $mode" $wrap $bin/check_keys "$1" 10000
	holds "$1, $mode: enough packets have a key" \
	    [ "$(number_of found)" -ge "$2" ]
	holds "$1, $mode: enough packets are cut" \
	    [ "$(number_of cut)" -ge "$3" ]
	holds "$1, $mode: the verifier has little work" \
	    [ "$(number_of 'instructions verified')" -le "$4" ]
}

# frames link receiver least-outside least-inside
frames() {
	agree "$1: frames from v1 to $2" \
	    $bin/check_key_frames "$1" v1 "$2" 500
	holds "$1: enough frames to $2 have a key" \
	    [ "$(number_of found)" -ge 2000 ]
	holds "$1: enough tags outside the bytes" \
	    [ "$(number_of 'tags outside')" -ge "$3" ]
	holds "$1: enough tags inside" [ "$(number_of inside)" -ge "$4" ]
}

for mode in root 'without CAP_PERFMON'; do
	wrap=
	[ "$mode" = root ] || wrap='setpriv --bounding-set -perfmon,-sys_admin'
	generated ethernet 100000 0 3000
	generated raw 80000 0 3000
	generated cooked 70000 0 3000
	# Linux 6.12 without CAP_PERFMON: 14,000.
	generated nflog 50000 7000 20000
	generated other 0 0 3000
done

# The kernel takes the outermost tag out of what arrives.
frames ethernet v0 1000 100
frames ethernet v1 0 1000
frames cooked v0 1000 100
frames cooked v1 0 700

# Without a filter the socket takes any link type, but a key needs to know it.
for interface in lo any; do
	start -i $interface -c 3 -k source $bin/do_nothing
	ping -q -c 6 -i 0.01 127.0.0.1 >/dev/null
	until_true 5 stats_reach packets 12
	is "$packets $(value keys) $(value keyless) $events" "12 1 0 4" \
	    "$interface without filter: packets, keys, keyless, events"
	stop
done
done_testing
