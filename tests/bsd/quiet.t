#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each system: at most 1000 wake-ups in any second, none without packets, and
# an event at most 2 ms after its packet.
. tests/bsd/lib.sh
[ -n "${FLAVOURS:-}" ] || at_once "$0"
own_network "$@"

# busy packets burst microseconds options ...: sends bursts at this interval and
# checks counts and wake-ups.
busy() {
	count=$1 burst=$2 interval=$3
	shift 3
	title="$flavour, $*, $burst packets in $interval us"
	begin "$@" $bin/do_nothing
	offer send em0 "$count" "$burst" "$interval" >/dev/null
	until_true 20 stats_reach packets "$count"
	is "$packets" "$count" "$title: packets"
	echo "# $line"
	harmless
}

# idle: after packets, when rests are over, the daemon makes no system call.
idle() {
	title="$flavour, idle"
	begin -c 10 $bin/do_nothing
	offer send em0 1005 1 100 >/dev/null
	until_true 20 stats_reach packets 1005
	sleep 0.5
	before=$(calls)
	sleep 4
	is "$(calls)" "$before" "$title: no system calls"
	harmless
}

# offer_slowly: sends packets at the test's rate. latest: sets $line to the
# delays and $most to their 99th percentile, us.
offer_slowly() {
	offer every "$every"
	offer send em0 "$count" "$burst" "$interval" >/dev/null
}

latest() {
	line=$(offer late)
	most=$(value 99%)
	most=${most%% *}
}

# bare: the same packets for a loop that only polls and reads; for comparison.
bare() {
	flavour "$flavour"
	offer create em0
	# Removes the last daemon's messages.
	: >"$log"
	# shellcheck disable=SC2086
	timeout 60 $WRAP "$built/client" "$flavour" "$count" 2>"$log" &
	daemon=$!
	until_true 10 grep -q counting "$log"
	offer_slowly
	wait "$daemon"
	daemon=
	latest
	echo "# bare: $line"
}

# late N packets burst microseconds: measures the delays of each Nth packet.
# Other load delays some: one in a hundred may be late; up to five tries.  On a
# machine that delays even the bare loop of one of the tries by more than 1 ms,
# the bound is twice that delay.
late() {
	every=$1 count=$2 burst=$3 interval=$4 bound=2000
	title="$flavour, N = $1, $3 packets in $4 us"
	for try in 1 2 3 4 5; do
		bare
		bound=$((2 * most > bound ? 2 * most : bound))
		begin -c "$every" $bin/do_nothing
		offer_slowly
		until_true 20 stats_reach packets "$count"
		latest
		echo "# $line, try $try"
		if [ "$most" -le "$bound" ] || [ "$try" -eq 5 ]; then
			break
		fi
		stop
	done
	is "${line%% *}" $((count / every)) "$title: all events"
	holds "$title: 99% are at most $bound us late" [ "$most" -le "$bound" ]
	harmless
}

# Idle daemons do not disturb other systems, and busy ones not each other;
# measurements of time take turns.
for flavour in $flavours; do
	idle
	take_turn -s
	busy 500000 50 100 -c 1
	busy 500000 50 100 -c 1 -o queue
	busy 30000 1 50 -c 7
	busy 30000 1 50 -c 1000000
	end_turn
	take_turn
	late 1 100 1 10000
	late 10 3000 1 500
	late 100 30000 1 50
	end_turn
done
done_testing
