#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# bpfstatsctl -k lists the keys with the most packets, also during reloads; a
# full table is logged once; commands run several at once, each with its key.
. tests/lib/live.sh
own_network "$@"
chmod 777 "$work"

sock=$work/sock
rules=$work/rules

# keys rule: puts the listed keys into $work/keys: trigger, key, packets, bytes,
# events; the reply is valid, and has its keys in order.
keys() {
	./bpfstatsctl -s "$sock" -k "$1" -j >"$work/json" 2>"$work/err" &&
	    python3 - "$work/json" >"$work/keys" <<'PYTHON'
import json, sys
seen = {}
for k in json.load(open(sys.argv[1]))["keys"]:
    t = k["trigger"]
    assert k["packets"] <= seen.get(t, k["packets"])
    assert k["last"] >= 0 and k["interface"] == "v1"
    seen[t] = k["packets"]
    print(t.replace(" ", "_"), k["key"].replace(" ", "_"), k["packets"],
        k["bytes"], k["events"])
PYTHON
}

# listed: prints how many keys each trigger has, with which columns.
listed() {
	awk '{ n[$1 " " $3 " " $4 " " $5]++ } END { for (i in n) print i, n[i] }' \
	    "$work/keys" | sort
}

# keys_are rule wanted
keys_are() {
	keys "$1" && [ "$(listed)" = "$2" ]
}

put() {
	printf 'socket "%s"\n%s\n' "$sock" "$1" >"$rules"
}

# The keys of each trigger.

put 'rule "a" on v1 in {
	every 10 packets by source run true busy drop
	every 1K bytes by source, port run true busy drop
	rate 20 packets / 1h by destination-mac run true busy drop
	idle 1h run true
}
rule "many" on v1 in { every 1000 packets by source keys 30000 run true }
rule "plain" on v1 in { every 1000 packets run true }'
start -f "$rules"
$bin/flood_sources v0 1000 50 >/dev/null
size=$(./bpfstatsctl -s "$sock" -j | python3 -c 'import json, sys
print(json.load(sys.stdin)["rules"][1]["bytes"] // 50)')
wanted="every_10_packets_by_source 20 None 2 50
every_1K_bytes_by_source,_port 20 $size $((size / 1024)) 50
rate_20_packets_/_1h_by_destination-mac 1000 None 50 1"
until_true 10 keys_are a "$wanted"
is "$(listed)" "$wanted" "the keys of each trigger with a table"
is "$(grep -c '^every_10_packets_by_source 10\.0\.0\.[0-9]* ' "$work/keys")" 50 \
    "the keys are addresses"
./bpfstatsctl -s "$sock" -k plain >"$work/told" 2>&1
is "$(cat "$work/told")" "bpfstatsctl: $sock.keys: rule \"plain\": does not \
exist, or has no \"by\"" "a rule without a table"

# Of many keys those with the most packets; statistics show all.
$bin/flood_sources v0 20000 20000 >/dev/null
$bin/flood_sources v0 20 10 >/dev/null
sums() {
	./bpfstatsctl -s "$sock" -j | python3 -c 'import json, sys
for r in json.load(sys.stdin)["rules"]:
    if r["rule"] == "many":
        print(r["packets"], r["keys"], r["untracked"], r["keyless"])'
}
sums_are() {
	[ "$(sums)" = "$1" ]
}
until_true 10 sums_are '21020 20000 0 0'
is "$(sums)" '21020 20000 0 0' "20,000 sources: packets and keys"
keys many
is "$(wc -l <"$work/keys") $(head -n 50 "$work/keys" | awk '{ print $3 }' |
    sort -n | uniq -c | tr -s ' \n' ' ')" '1000  40 21 10 23 ' \
    "of many keys the 1000 with the most packets"

# The rate is that of packets in the last second.
$bin/flood_sources v0 100000000 3 >/dev/null &
flood=$!
./bpfstatsctl -s "$sock" -k many -j >"$work/json"
kill "$flood"
wait "$flood" 2>/dev/null
is "$(python3 -c 'import json, sys
keys = json.load(open(sys.argv[1]))["keys"]
print([k["rate"] > 0 for k in keys[:3]], {k["rate"] for k in keys[3:]})' \
    "$work/json")" '[True, True, True] {0.0}' "rates during a flood of three sources"

# Reloads while keys are listed: the rule that stays has its table.
reloaded() {
	[ "$(grep -c ': reload: rules 3: ' "$log")" = "$reloads" ]
}
reloads=0
(
	bad=0
	for _ in 1 2 3 4 5; do
		keys many && [ "$(wc -l <"$work/keys")" = 1000 ] || bad=$((bad + 1))
	done
	echo "$bad" >"$work/bad"
) &
listing=$!
while kill -0 "$listing" 2>/dev/null; do
	reloads=$((reloads + 1))
	sed -i "/^rule \"plain\"/s/every [0-9]*/every $((1000 + reloads))/" "$rules"
	kill -HUP "$daemon"
	until_true 10 reloaded
done
wait "$listing"
is "$(cat "$work/bad")" 0 "keys are listed during $reloads reloads"
stop
is "$status" 0 "exit 0"

# A full table.

put 'rule "full" on v1 in { every 1 packet by source keys 5 run true busy drop }'
start -f "$rules"
$bin/flood_sources v0 1000 100 >/dev/null
holds "a full table is logged" until_true 10 grep -q \
    'full: every 1 packet by source: table of keys is full: untracked packets so far: [0-9]*; raise keys (5)$' "$log"
for _ in 1 2 3; do
	$bin/flood_sources v0 1000 100 >/dev/null
	keys full
done
is "$(listed)" "every_1_packet_by_source 40 None 40 5" \
    "the keys that came first count"
is "$(grep -c 'table of keys is full' "$log")" 1 "a full table is logged once"
stop

start -i v1 -k source -o drop true
$bin/flood_sources v0 5000 5000 >/dev/null
holds "-k: the message names the place of keys" until_true 10 grep -q \
    'table of keys is full: .*; raise keys (4096) in a rules file$' "$log"
stop

# No event wakes the daemon.

put 'rule "full" on v1 in { every 1000000 packets by source keys 5 run true }'
start -f "$rules"
$bin/flood_sources v0 5 5 >/dev/null
$bin/flood_sources v0 1000 100 >/dev/null
holds "a full table without events is logged, too" until_true 10 grep -q \
    'table of keys is full: untracked packets so far: [1-9]' "$log"
$bin/flood_sources v0 1000 100 >/dev/null
stats
is "$(value untracked) $wakeups" "1900 3" \
    "a full table: a single wake-up for its packets"
stop

# Three commands at once, for different keys.

cat >"$work/note" <<NOTE
echo "\$BPFSTATSD_KEY \$BPFSTATSD_SOURCE" >>"$work/started"
until [ -e "$work/go" ]; do
	sleep 0.05
done
NOTE
: >"$work/started"
put "rule \"three\" on v1 in {
	every 1 packet by source run sh \"$work/note\" runs 3
}"
start -f "$rules"
$bin/flood_sources v0 5 5 >/dev/null
started() {
	[ "$(wc -l <"$work/started")" -ge "$1" ]
}
until_true 10 started 3
stats
is "$(sort "$work/started" | tr '\n' ' ') $events" \
    "10.0.0.0 10.0.0.0 10.0.0.1 10.0.0.1 10.0.0.2 10.0.0.2  5" \
    "runs 3: three keys, and no more"
touch "$work/go"
until_true 10 started 5
is "$(sort "$work/started" | tail -n 2 | tr '\n' ' ')" \
    "10.0.0.3 10.0.0.3 10.0.0.4 10.0.0.4 " "runs 3: the others later"
stop
is "$status" 0 "runs 3: exit 0"
done_testing
