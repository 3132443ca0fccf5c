#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Policies with an interval between two starts (-m): commands that outlive the
# interval, and commands that do not.
. tests/lib/live.sh
own_network "$@"

stamps=$work/stamps
interval=300

# Packets come all the time, one each 50 ms, until the test ends.
while sleep 0.05; do
	$bin/flood v0 1 >/dev/null
done &
sender=$!
trap '[ -z "$sender" ] || kill "$sender"; clean_up' EXIT

starts() {
	[ -e "$stamps" ] && [ "$(wc -l <"$stamps")" -ge "$1" ]
}

# Milliseconds between two starts, on average.
apart() {
	awk 'NR == 1 { first = $2 }
	END { printf "%d\n", ($2 - first) / (NR - 1) / 1000000 }' "$stamps"
}

packets_reach() {
	stats && [ "$packets" -ge "$1" ]
}

# policy name seconds wanted: the daemon with a command that takes so long.
# Wanted are starts for as long as packets come, or a first one alone.
policy() {
	: >"$stamps"
	# shellcheck disable=SC2016
	start -i v1 -m ${interval}ms -o "$1" sh -c \
	    '"$1" "$2"; exec sleep "$3"' sh "$PWD/$bin/timestamp" "$stamps" "$2"
	what="$1, -m ${interval}ms, a command of $2 s"
	if [ "$3" = more ]; then
		holds "$what: starts again and again" until_true 30 starts 6
		# The clock of a start is its command's, which may be late.
		holds "$what: $(apart) ms between two starts" \
		    [ "$(apart)" -ge $((interval - 50)) ]
	else
		until_true 20 packets_reach 20
		is "$(wc -l <"$stamps")" 1 "$what: starts once"
		is "$runs" 1 "$what: a run in the statistics"
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

# A packet that comes after the interval starts the command at once, one that
# comes within it later.
kill "$sender"
sender=
: >"$stamps"
start -i v1 -m ${interval}ms -o restart sh -c "$PWD/$bin/timestamp $stamps; sleep 60"
$bin/flood v0 1 >/dev/null
holds "restart: the first run" until_true 10 starts 1
sleep 0.5
$bin/flood v0 1 >/dev/null
holds "restart: a packet after the interval" until_true 10 starts 2
$bin/flood v0 1 >/dev/null
holds "restart: a packet within the interval" until_true 10 starts 3
stop

# A button that sends three packets for each press, two of them within the
# interval: by default they are a second run, with drop they are none.
book=$work/book
has_runs() {
	[ "$(grep -c . "$book")" -ge "$1" ]
}
# press policy: the events of each run, and the packets so far, are in the book.
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
is "$(tr '\n' ' ' <"$book")" '1 1 2 3 ' "$about: for the last two packets"
stop
press drop
presses_again() {
	$bin/flood v0 1 >/dev/null
	has_runs 2
}
holds "$about: the next run is for another press" until_true 10 presses_again
second=$(sed -n 2p "$book")
holds "$about: the last two packets are in no run" \
    [ $((${second#* } - ${second% *})) -ge 3 ]
stop
done_testing
