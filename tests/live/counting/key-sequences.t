#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The kernel counts by key as the reference, engine/key_table.c, does: the same
# keys, counts and events of generated sequences of packets, with each kind of
# key and condition; and rates as a model that knows the times of all packets.
. tests/lib/live.sh
own_network "$@"

# agree name command ...: the command succeeds, and prints into $work/figures.
agree() {
	name=$1
	shift
	if "$@" >"$work/figures" 2>"$work/error"; then
		ok "$name"
	else
		not_ok "$name" "$(cat "$work/error")"
	fi
	sed 's/^/# /' "$work/figures"
}

# enough word number: the sequences had so many of this.
enough() {
	holds "sequences: enough are $1" \
	    [ "$(sed -n "s/.* \([0-9]*\) $1.*/\1/p" "$work/figures")" -ge "$2" ]
}

sequences=$(size 100 2000 20000)
agree "$sequences sequences" $bin/check_sequences "$sequences"
enough found $((sequences * 500))
enough cut $((sequences * 2))
enough keyless $((sequences * 100))
enough refused $((sequences * 20))
enough forgotten $((sequences * 50))
enough events $((sequences * 20))
agree 'sequences without CAP_PERFMON' \
    setpriv --bounding-set -perfmon,-sys_admin \
    $bin/check_sequences $((sequences / 10)) 1000000

# rates description: compares rates with the model.
rates() {
	agree "$1" $bin/check_rates "$(size 20000 200000)" 1 2 3 33 34 100 1000
}

# enough_events: not all packets were too slow, nor too fast, for each count.
enough_events() {
	# shellcheck disable=SC2016
	awk '{ sub(":", "", $2) }
	    $5 < $3 / $2 / 20 || $5 == $3 && $2 > 1 { exit 1 }' \
	    "$work/figures"
}

rates 'rates'
is "$(wc -l <"$work/figures")" 7 'rates: each count'
# Other work on the machine slows packets down.
tries=1
while [ "$tries" -lt 5 ] && ! enough_events; do
	tries=$((tries + 1))
	rates "rates, time $tries"
done
holds 'rates: enough events' enough_events
done_testing
