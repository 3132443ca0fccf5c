#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A failed run is repeated until it succeeds or the rule has a newer event, and
# the commands of a rule never overlap.
. tests/lib/live.sh
own_network "$@"
. tests/lib/book.sh

# waits_for number: that many events wait for a run or a repetition, and no
# command runs; the statistics are in the variables of stats.
waits_for() {
	stats && [ "$(value waiting)" = "$1" ] && at_rest
}

# Retry: the command succeeds at the third attempt, and is not run again.
cat >"$work/third" <<'THIRD'
"$1" "$2"
[ "$(wc -l <"$2")" -ge 3 ]
THIRD
begin <<RULES
rule "r" on v1 in {
	every 1 packet run sh "$work/third" "$PWD/$bin/timestamp" "$book"
	    retry 200ms
}
RULES
$bin/flood v0 1 >/dev/null
holds "retry: until success" until_true 10 lines_reach 'exit 0 after' 1
holds "retry: $(apart 1 2) ms to the second attempt" [ "$(apart 1 2)" -ge 180 ]
holds "retry: nothing is left to repeat after the success" \
    until_true 10 waits_for 0
is "$runs $failures $(wc -l <"$book")" '3 2 3' "retry: three attempts"
stop

# Retry: a newer event of the rule gives it up.
begin <<RULES
rule "r" on v1 in {
	every 1 packet run sh -c 'echo on >>"$book"; exit 1' retry 1h
	idle 300ms run sh -c 'echo off >>"$book"'
}
RULES
$bin/flood v0 1 >/dev/null
until_true 10 grep -q off "$book"
holds "retry: a newer event gives it up" until_true 10 waits_for 0
is "$(tr '\n' ' ' <"$book")" 'on off ' "retry: no repetition"
stop

# Retry: a packet of the same trigger takes its place, and causes a run at once.
cat >"$work/once-fine" <<'FINE'
echo "$BPFSTATSD_EVENTS $BPFSTATSD_TOTAL" >>"$1"
[ -e "$1.fine" ]
FINE
begin <<RULES
rule "r" on v1 in { every 1 packet run sh "$work/once-fine" "$book" retry 1h }
RULES
for packets in 1 2; do
	$bin/flood v0 1 >/dev/null
	until_true 10 book_has $packets
	holds "retry: attempt $packets fails and is to be repeated" \
	    until_true 10 waits_for 1
done
: >"$book.fine"
$bin/flood v0 1 >/dev/null
until_true 10 book_has 3
holds "retry: a packet of the same trigger gives it up" \
    until_true 10 waits_for 0
is "$(tr '\n' ',' <"$book") $runs $failures" '1 1,1 2,1 3, 3 2' \
    "retry: each packet causes one run"
stop

# The commands of a rule never overlap and keep the order of their events.
cat >"$work/switch" <<'SWITCH'
echo "$1 begin" >>"$2"
sleep 0.25
echo "$1 end" >>"$2"
SWITCH
begin <<RULES
rule "o" on v1 in {
	every 1 packet run sh "$work/switch" on "$book"
	idle 300ms run sh "$work/switch" off "$book"
}
RULES
for round in $(seq "$(size 4 40)"); do
	for _ in 1 2 3; do
		$bin/flood v0 1 >/dev/null
		sleep 0.1
	done
	sleep 0.$((1 + round % 3 * 2))
done
rests() {
	[ "$(tail -n 1 "$book")" = 'off end' ] && at_rest
}
holds "one rule: the last state is that of the last event" until_true 10 rests
is "$(awk 'NR % 2 { if ($2 != "begin") print; was = $1; next }
    $1 != was || $2 != "end" { print }' "$book")" '' "one rule: no overlap"
is "$(awk '/begin/ { if ($1 == "off" && was != "on") print; was = $1 }' \
    "$book")" '' "one rule: each off follows an on"
stop
done_testing
