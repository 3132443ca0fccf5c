#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Policies with a minimum interval between two starts (-m), with commands that
# run longer than the interval or not as long.
. tests/lib/live.sh
own_network "$@"

stamps=$work/stamps
interval=300

# Sends a packet every 50 ms until the test ends.
while sleep 0.05; do
	$bin/flood v0 1 >/dev/null
done &
sender=$!
trap '[ -z "$sender" ] || kill "$sender"; clean_up' EXIT

starts() {
	[ -e "$stamps" ] && [ "$(wc -l <"$stamps")" -ge "$1" ]
}

# apart: prints the average time between two starts in ms.
apart() {
	awk 'NR == 1 { first = $2 }
	END { printf "%d\n", ($2 - first) / (NR - 1) / 1000000 }' "$stamps"
}

packets_reach() {
	stats && [ "$packets" -ge "$1" ]
}

# policy name seconds wanted: runs a command that takes so long; it starts
# repeatedly while packets come, or only once.
policy() {
	: >"$stamps"
	# shellcheck disable=SC2016
	start -i v1 -m ${interval}ms -o "$1" sh -c \
	    '"$1" "$2"; exec sleep "$3"' sh "$PWD/$bin/timestamp" "$stamps" "$2"
	what="$1, -m ${interval}ms, command takes $2 s"
	if [ "$3" = more ]; then
		holds "$what: starts repeatedly" until_true 30 starts 6
		# The command reads the clock itself, possibly late.
		holds "$what: $(apart) ms between two starts" \
		    [ "$(apart)" -ge $((interval - 50)) ]
	else
		until_true 20 packets_reach 20
		is "$(wc -l <"$stamps")" 1 "$what: starts once"
		is "$runs" 1 "$what: the statistics have one run"
	fi
	stop
}

for name in once drop queue restart; do
	policy $name 0 more
	policy $name 0.5 more
done
for name in once drop queue; do
	policy $name 60 one
done
policy restart 60 more

# A packet after the interval restarts the command at once; a packet within the
# interval, at its end.
kill "$sender"
sender=
: >"$stamps"
start -i v1 -m ${interval}ms -o restart sh -c "$PWD/$bin/timestamp $stamps; sleep 60"
$bin/flood v0 1 >/dev/null
holds "restart: the first packet starts the command" until_true 10 starts 1
sleep 0.5
$bin/flood v0 1 >/dev/null
holds "restart: a packet after the interval restarts it" until_true 10 starts 2
$bin/flood v0 1 >/dev/null
holds "restart: a packet within the interval restarts it later" \
    until_true 10 starts 3
stop

# A button that sends three packets per press, two of them within the interval:
# by default these cause a second run, with drop none.
book=$work/book
has_runs() {
	[ "$(grep -c . "$book")" -ge "$1" ]
}
# press policy: each run writes its events and the packets so far to the book.
press() {
	: >"$book"
	# shellcheck disable=SC2016
	start -i v1 -m 2s -o "$1" \
	    sh -c 'echo "$BPFSTATSD_EVENTS $BPFSTATSD_TOTAL" >>"$0"' "$book"
	$bin/flood v0 1 >/dev/null
	until_true 10 has_runs 1
	$bin/flood v0 2 >/dev/null
	until_true 10 stats_reach packets 3
	about="a button with three packets, -o $1"
}
press once
holds "$about: a second run" until_true 10 has_runs 2
is "$(tr '\n' ' ' <"$book")" '1 1 2 3 ' \
    "$about: the second run stands for the last two packets"
stop
press drop
presses_again() {
	$bin/flood v0 1 >/dev/null
	has_runs 2
}
holds "$about: the next press is the next run" until_true 10 presses_again
second=$(sed -n 2p "$book")
holds "$about: no run stands for the last two packets" \
    [ $((${second#* } - ${second% *})) -ge 3 ]
stop
done_testing
