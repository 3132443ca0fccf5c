#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The kernel's classic filter, its translation to eBPF and (where it can judge)
# libpcap give the same verdict for every packet.
. tests/lib/live.sh
own_network "$@"

# agree name command ...: the command succeeds; its last line says how much it
# compared.
agree() {
	name=$1
	shift
	if "$@" <tests/live/filters/expressions.txt >"$work/figures"; then
		ok "$name"
	else
		not_ok "$name" "$(head -n 20 "$work/figures")"
	fi
	echo "# $(tail -n 1 "$work/figures")"
}

# verdict name sender receiver link: enough expressions and packets were
# compared.
verdict() {
	agree "$1" $bin/check_verdicts "$2" "$3" 1000 "$4"
	set -- "$1" "$(tail -n 1 "$work/figures" |
	    awk '{ print $1 - $3 - $8, $13, $19 }')"
	# shellcheck disable=SC2086
	holds "$1: expressions, packets, verdicts of libpcap: $2" \
	    enough $2
}

enough() {
	[ "$1" -ge 250 ] && [ "$2" -ge 1000 ] && [ "$3" -ge 250000 ]
}

agree 'classic programs by chance' $bin/check_translation v1 v0 5000 20
verdict 'Ethernet' v1 v0 ethernet
verdict 'loopback' lo lo ethernet
verdict 'raw IP' v1 v0 raw
verdict 'PPP' v1 v0 ppp
verdict 'Linux cooked' v1 v0 cooked
done_testing
