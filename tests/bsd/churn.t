#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each system: an interface that vanishes is noticed within a second, costs
# little while absent, is counted again when it is back, and no count is lost.
. tests/bsd/lib.sh
[ -n "${FLAVOURS:-}" ] || at_once "$0"
own_network "$@"

rounds=$(size 30 100)

all_read() {
	[ "$(unread)" -eq 0 ]
}

milliseconds() {
	echo $(($(date +%s%N) / 1000000))
}

# written: prints the time of the last line of the log, ms.
written() {
	stat -c %.3Y "$log" | tr -d .
}

# within text number: waits until the log has the given number of lines;
# $longest is the maximum time until the daemon has written the line, ms.
within() {
	from=$(milliseconds)
	until_true 5 lines_reach "$1" "$2" || return 1
	took=$(($(written) - from))
	[ "$took" -le "$longest" ] || longest=$took
}

descriptors() {
	for process in "$daemon" $(children "$daemon"); do
		find "/proc/$process/fd" -type l | wc -l
	done
}

# all_calls: number of system calls of all processes.
all_calls() {
	offer processes | awk '{ n += $3 + $5 + $7 + $9 } END { print n + 0 }'
}

# Waits until all records are read: some systems discard them with the
# interface.
come_and_go() {
	longest=0 sum=0 round=0
	while [ "$round" -lt "$rounds" ]; do
		round=$((round + 1))
		offer send em0 $((round * 37)) >/dev/null
		sum=$((sum + round * 37))
		until_true 5 all_read || break
		offer destroy em0
		within 'interface is gone' "$round" || break
		offer create em0
		within 'interface is back' "$round" || break
		[ "$round" -ne 3 ] || first=$(descriptors)
	done
	offer send em0 1000 >/dev/null
	sum=$((sum + 1000))
	until_true 10 stats_reach packets "$sum"
	is "$packets $events" "$sum $((sum / 7))" \
	    "$title: packets and events of $rounds interfaces"
	is "$(lines 'interface is gone') $(lines 'interface is back')" \
	    "$rounds $rounds" "$title: each is logged once"
	holds "$title: noticed after $longest ms at most" [ "$longest" -le 1000 ]
	is "$(descriptors)" "$first" "$title: no descriptor leaks"
}

# Down and up is no loss of the interface.
down_and_up() {
	offer down em0
	offer send em0 5 >/dev/null
	offer up em0
	offer send em0 7 >/dev/null
	sum=$((sum + 7))
	until_true 10 stats_reach packets "$sum"
	is "$packets" "$sum" "$title: counting continues after down and up"
	is "$(lines 'interface is gone')" "$rounds" \
	    "$title: down and up are not logged"
}

# silent: no process makes a call for 2 s, within ten tries.
silent() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		calls=$(all_calls)
		sleep 2
		[ "$(all_calls)" -ne "$calls" ] || return 0
	done
	return 1
}

# The interface is absent while others come and go. A system without messages
# looks now and then: the time is long, so that one look at its edge adds little.
absent() {
	offer destroy em0
	until_true 5 lines_reach 'interface is gone' $((rounds + 1))
	sleep 0.5
	calls=$(all_calls)
	from=$(milliseconds)
	visits=0
	while [ "$visits" -lt 40 ]; do
		visits=$((visits + 1))
		offer create em1
		sleep 0.1
		offer destroy em1
		sleep 0.05
	done
	calls=$(($(all_calls) - calls))
	time=$(($(milliseconds) - from))
	echo "# $calls calls in $time ms, others come and go"
	busy=$calls
	calls=$(all_calls)
	sleep 3
	calls=$(($(all_calls) - calls))
	holds "$title: $calls calls in 3 s of absence" [ "$calls" -le 60 ]
	holds "$title: $busy calls in $time ms when others come and go" \
	    [ "$busy" -le $((20 * time / 1000)) ]
	# macOS has no message for a new interface: the daemon polls.
	[ "$flavour" = macos ] ||
	    holds "$title: no calls during further absence" silent
	offer create em0
	until_true 5 lines_reach 'interface is back' $((rounds + 1))
	offer send em0 70 >/dev/null
	sum=$((sum + 70))
	until_true 10 stats_reach packets "$sum"
	is "$packets" "$sum" "$title: counting continues"
}

waited_for() {
	title="$flavour, -w"
	flavour "$flavour"
	start -w -i em0 -c 7 $bin/do_nothing ||
	    not_ok "$title: the daemon starts"
	offer create em0
	until_true 5 lines_reach 'interface has appeared' 1
	offer send em0 70 >/dev/null
	until_true 5 stats_reach packets 70
	is "$packets $events" "70 10" "$title: -w waits for the interface"
	harmless
}

# A set-user-ID daemon can no longer open another device.
set_user_id() {
	title="$flavour, set-user-ID"
	flavour "$flavour"
	offer create em0
	export BPF_MODEL_CALLER=65534
	start -i em0 -c 7 $bin/do_nothing || not_ok "$title: the daemon starts"
	unset BPF_MODEL_CALLER
	offer destroy em0
	holds "$title: exits with its interface" ended "$daemon" 10
	not_running "$daemon" || kill -KILL "$daemon"
	daemon=
	is "$status" 1 "$title: status"
	like "$(cat "$log")" 'em0: the interface is gone; only a bpfstatsd' \
	    "$title: reason"
}

for flavour in $flavours; do
	title=$flavour
	begin -c 7 -o drop $bin/do_nothing
	come_and_go
	down_and_up
	absent
	harmless
	waited_for
	set_user_id
done
done_testing
