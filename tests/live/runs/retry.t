#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A failed run is repeated until it succeeds or the rule has a newer event, and
# the commands of a rule never overlap.
. tests/lib/live.sh
own_network "$@"
. tests/lib/book.sh

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
sleep 0.5
is "$(wc -l <"$book")" 3 "retry: none after the success"
stop

# Retry: a newer event of the rule gives it up.
begin <<RULES
rule "r" on v1 in {
	every 1 packet run sh -c 'echo on >>"$book"; exit 1' retry 1s
	idle 300ms run sh -c 'echo off >>"$book"'
}
RULES
$bin/flood v0 1 >/dev/null
until_true 10 grep -q off "$book"
sleep 1.3
is "$(tr '\n' ' ' <"$book")" 'on off ' "retry: a newer event gives it up"
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
