#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Counting by key in the kernel: two processors flood at once from many
# sources, and each packet is counted in exactly one place.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh

export STDOUT="$work/printed"
frames=$(size 200000 2500000 10000000) # packets of a processor

# flood n: both processors send, in turn, from n sources.
flood() {
	$bin/flood_sources v0 "$frames" "$1" 0 >/dev/null &
	other=$!
	$bin/flood_sources v0 "$frames" "$1" 1 >/dev/null
	wait "$other"
}

# counted number: the daemon has counted so many packets.
counted() {
	stats && [ "$packets" -ge "$1" ]
}

# events condition: prints the number of keys with events, and their events
# without repetition.
events() {
	awk -v condition="$1" '$2 == condition { n[$8] += $3 }
	    END { for (key in n) { keys++; seen[n[key]] = 1 }
		printf "%d", keys
		for (sum in seen) printf " %d", sum
		print "" }' "$STDOUT"
}

events_are() {
	[ "$(events "$1")" = "$2" ]
}

# fill sources keys: a table that will be full gets its keys from one processor,
# with a packet of each source.  Two processors can have a packet of the same new
# key: while one takes the last place, the packet of the other is untracked.
fill() {
	first=0
	[ "$2" -le "$1" ] || return 0
	first=1
	$bin/flood_sources v0 "$1" "$1" 0 >/dev/null
	until_true 20 counted "$1"
}

# try sources keys: each source gets its events, or is untracked.  A million
# sources have none: printing them takes minutes.
try() {
	n=$1 keys=$2
	each=$((frames / n)) # of a source, by a processor
	frames=$((each * n))
	tracked=$n
	[ "$keys" -ge "$n" ] || tracked=$keys
	wanted="$tracked 2" count=$each
	[ "$tracked" -lt 100000 ] || wanted=0 count=$((2 * each + 2))
	put "rule \"r\" on v1 { every $count packets by source keys $keys }"
	: >"$STDOUT"
	start -p text -f "$rules"
	fill "$n" "$keys"
	flood "$n"
	sent=$((2 * frames + first * n))
	until_true 20 counted "$sent"
	is "$packets" "$sent" "$n sources, $keys keys: packets"
	is "$(value keys) $(value untracked) $(value keyless)" \
	    "$tracked $(((2 * each + first) * (n - tracked))) 0" \
	    "$n sources, $keys keys: keys, untracked, keyless"
	until_true 20 events_are every "$wanted"
	is "$(events every)" "$wanted" "$n sources, $keys keys: events"
	stop
}

# two number: the rules, of which the second changes.
two() {
	put "rule \"r\" on v1 { every 1000 packets by source keys 200 }
rule \"other\" on v1 { every $1 packets by source }"
}

# r_has number: the daemon has counted so many packets in the rule "r".
r_has() {
	ask_for_stats && sleep 0.05 && [ "$(about r)" = "$1 $(($1 / 1000))" ]
}

# reloads number: a table stays when other rules change.
reloads() {
	two 1000000
	: >"$STDOUT"
	start -p text -f "$rules"
	floods=0
	done=0
	while [ "$done" -lt "$1" ]; do
		flood 100 &
		flooding=$!
		floods=$((floods + 1))
		while not_over && [ "$done" -lt "$1" ]; do
			done=$((done + 1))
			two $((1000000 + done))
			reload "reload: rules"
		done
		wait "$flooding"
	done
	total=$((floods * 2 * frames))
	until_true 20 r_has "$total"
	is "$(about r)" "$total $((total / 1000))" \
	    "$1 reloads: packets and events"
	stop
}

not_over() {
	kill -0 "$flooding" 2>/dev/null
}

try 1 100
try 100 200
try 100 10
try 100 100
try 4096 1000
try 4096 4096
[ "$(size 0 1 1)" -eq 0 ] || {
	try 1000000 4096
	try 1000000 1000000
}
frames=$(size 200000 1000000)
reloads "$(size 20 200 1000)"
done_testing
