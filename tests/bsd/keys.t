#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each system: conditions by key have the events of each key alone, all keys,
# untracked and keyless packets are the packets of the rule, and a reload, a new
# device, and an interface that returns with another link type change none of
# that.
. tests/bsd/lib.sh
[ -n "${FLAVOURS:-}" ] || at_once "$0"
own_network "$@"

. tests/lib/reload.sh

bursts=4
flood=$(size 100000 1000000)

# keyed text [interface ...]: starts the daemon with these rules.
keyed() {
	put "$1"
	shift
	flavour "$flavour"
	for interface in em0 "$@"; do
		offer create "$interface"
	done
	start -w -p text -s "$work/socket" -f "$rules" ||
	    not_ok "$title: the daemon starts"
}

# sent interface count burst microseconds sources [form]
sent() {
	offer apart "$1" "$2" "$3" "$4" inout "$5" "${6:-ip}" >/dev/null
}

# each rule event: prints the keys with the sums of their printed events.
each() {
	awk -v rule="$1" -v event="$2" '$2 == event && $6 == rule {
		key = $8
		for (i = 9; i <= NF; i++)
			key = key " " $i
		n[key] += $3
	} END {
		for (key in n)
			print key "=" n[key]
	}' "$work/out" | sort | tr '\n' ' '
}

# all number events: what each() prints if each of the sources has these events.
all() {
	seq "$1" | sed "s/.*/10.0.0.&${3:-}=$2/" | sort | tr '\n' ' '
}

each_is() {
	[ "$(each "$1" "$2")" = "$3" ]
}

# counts rule event wanted: waits for these events of keys.
counts() {
	until_true 20 each_is "$1" "$2" "$3"
	is "$(each "$1" "$2")" "$3" "$title: $1: $2"
}

# keys [rule]: what bpfstatsctl knows of the keys, as JSON.
keys() {
	./bpfstatsctl -j -s "$work/socket" -k "$1"
}

# sums rule: sets $packets, $keys, $untracked and $keyless; the last three are
# sums over the rule's tables.
sums() {
	sleep 0.1
	ask_for_stats
	line=$(grep ": $1: packets .* runs " "$log" | tail -n 1)
	packets=$(value packets)
	keys=$(value keys)
	untracked=$(value untracked)
	keyless=$(value keyless)
}

# sums_are rule packets keys untracked keyless
sums_are() {
	sums "$1"
	[ "$packets $keys $untracked $keyless" = "$2 $3 $4 $5" ]
}

# adds_up rule packets keys untracked keyless: waits for these sums.
adds_up() {
	until_true 20 sums_are "$@"
	is "$packets $keys $untracked $keyless" "$2 $3 $4 $5" \
	    "$title: $1: packets, keys, untracked, keyless"
}

# Bursts of two packets of each source, with silences between the bursts.  The
# model of macOS has few devices.
conditions() {
	title="$flavour, conditions"
	keyed 'rule r on em0 {
		every 3 packets by source
		rate 2 packets / 200ms by source
		idle 500ms by source
		after 500ms by source
		calm 400ms
		below 2 packets / 300ms by source
	}
	rule slow on em0 {
		rate 3 packets / 900ms by source
		every 1 packet by mac
	}
	rule nets on em0 {
		every 8 packets by source/30, port
		every 1000 packets by source-port, port
	}'
	sent em0 $((14 * bursts)) 14 1000000 7
	counts r every "$(all 7 $((2 * bursts / 3)))"
	counts r rate "$(all 7 "$bursts")"
	counts r idle "$(all 7 "$bursts")"
	counts r after "$(all 7 "$bursts")"
	counts r calm "$(all 7 "$bursts")"
	counts r below "$(all 7 "$bursts")"
	counts slow rate ''
	counts slow every "00:00:00:00:00:00=$((14 * bursts)) "
	# 10.0.0.1 to 10.0.0.3, and 10.0.0.4 to 10.0.0.7.
	counts nets every "10.0.0.0/30 53=$((3 * bursts / 8)) \
10.0.0.0/30 80=$((3 * bursts / 8)) 10.0.0.4/30 53=$((4 * bursts / 8)) \
10.0.0.4/30 80=$((4 * bursts / 8)) "
	# Extension headers that are longer than usual, and no IP at all.
	sent em0 5 5 0 1 chain
	sent em0 6 6 0 1 arp
	counts r every "$(all 7 $((2 * bursts / 3)))fd00::1=1 "
	sum=$((14 * bursts + 11))
	adds_up r "$sum" 8 0 $((5 * 6))
	adds_up slow "$sum" 1 0 6
	adds_up nets "$sum" 6 $((2 * 5)) $((2 * 6))
	harmless
}

# A table with room for 4 of 10 keys, until these are idle.
full() {
	title="$flavour, full"
	keyed 'rule r on em0 { idle 500ms by source keys 4 }
	rule last on em0 { every 2 packets by source keys 9 }'
	sent em0 40 40 0 10
	adds_up last 40 9 4 0
	counts r idle "$(all 4 1)"
	adds_up r 40 0 24 0
	sent em0 4 4 0 4
	counts r idle "$(all 4 2)"
	counts last every "$(seq 9 | sed 's/.*/10.0.0.&=2/' |
	    sed '1,4s/=.*/=2/' | sort | tr '\n' ' ')"
	adds_up r 44 0 24 0
	is "$(lines 'last: .*table of keys is full: .*: 4; raise keys (9)')" 1 \
	    "$title: logged once"
	harmless
}

# A million keys that never come cost no memory.
large() {
	title="$flavour, large"
	keyed 'rule r on em0 { rate 2 packets / 1h by source keys 1000000 }'
	sent em0 20 20 0 5
	counts r rate "$(all 5 2)"
	resident=$(awk '$1 == "RssAnon:" { print $2 }' "/proc/$(reader)/status")
	holds "$title: $resident KB of memory" [ "$resident" -le 4000 ]
	harmless
}

# Packets without room in a buffer are untracked.
flooded() {
	title="$flavour, flood"
	keyed 'rule r on em0 { every 7 packets by source
		every 1000000 packets by port }'
	offer send em0 "$flood" 50000 20000 inout 50 >/dev/null
	until_true 20 stats_reach packets "$flood"
	sums r
	is "$packets $(accepted em0)" "$flood $flood" "$title: packets"
	lost=$(dropped em0)
	holds "$title: $lost packets without room" [ "$lost" -gt 0 ]
	is "$keys $untracked" "52 $((2 * lost))" \
	    "$title: keys and untracked"
	keys r >"$work/keys"
	python3 - "$work/keys" "$flood" "$lost" >"$work/sums" <<'SUMS'
import json, sys

keys = json.load(open(sys.argv[1]))["keys"]
packets, lost = int(sys.argv[2]), int(sys.argv[3])
every = [k for k in keys if k["trigger"].startswith("every 7 ")]
print(len(every), sum(k["packets"] for k in every) + lost == packets,
    all(k["events"] == k["packets"] // 7 for k in every))
SUMS
	is "$(cat "$work/sums")" "50 True True" \
	    "$title: packets of keys, and events of each"
	harmless
}

nothing_unread() {
	[ "$(unread)" -eq 0 ]
}

# The table stays in a reload, and behind other devices of the interface.
kept() {
	title="$flavour, kept"
	one='rule r on em0 {
		every 4 packets by source
		after 1h by source
	}'
	two='rule other on em0 filter "tcp" { every 3 packets by source }'
	keyed "$one"
	sent em0 20 20 0 10
	put "$two
$one"
	holds "$title: reload" reload
	# The packets of the new rule count from now on.
	sent em0 20 20 0 10
	counts r every "$(all 10 1)"
	put "$one"
	holds "$title: another reload" reload
	until_true 10 nothing_unread
	sent em0 10 10 0 10
	until_true 10 nothing_unread
	adds_up r 50 20 0 0
	offer destroy em0
	until_true 5 lines_reach 'interface is gone' 1
	put "$two
$one"
	holds "$title: reload without the interface" reload
	# Another link type: the address family is in front of the IP header.
	offer create em0 0
	until_true 5 lines_reach 'interface is back' 1
	sent em0 30 30 0 10
	counts r every "$(all 10 2)"
	adds_up r 80 20 0 0
	counts r after "$(all 10 1)"
	harmless
}

# Packets of two interfaces that are read late are in the order of time.
together() {
	title="$flavour, together"
	keyed 'rule r on together { em0 em1 } {
		rate 3 packets / 1s by source
		idle 2s by source
	}' em1
	kill -STOP "$(reader)"
	for interface in em0 em1 em1 em1 em0; do
		sent "$interface" 3 3 0 3
		sleep 0.7
	done
	kill -CONT "$(reader)"
	counts r idle "$(all 3 1)"
	adds_up r 15 0 0 0
	counts r rate ''
	harmless
}

# Short silences of many keys cost no more wake-ups than packets may.
paced() {
	title="$flavour, paced"
	keyed 'rule r on em0 {
		every 100 packets by source busy queue
		idle 11ms by source busy drop
	}'
	offer send em0 30000 1 50 inout 300 >/dev/null
	counts r every "$(seq 300 |
	    awk '{ printf "10.0.%d.%d=1\n", $1 / 256, $1 % 256 }' | sort |
	    tr '\n' ' ')"
	adds_up r 30000 300 0 0
	harmless
}

# Keys that are silent cost nothing.
quiet() {
	title="$flavour, quiet"
	keyed 'rule r on em0 {
		every 1000 packets by source
		rate 1000 packets / 100ms by source
		idle 200ms by source
		after 100ms by source
		calm 100ms
	}'
	sent em0 100 100 0 50
	counts r calm "$(all 50 1)"
	counts r idle "$(all 50 1)"
	sleep 0.5
	before=$(calls)
	sleep 3
	is "$(calls)" "$before" "$title: no system calls"
	harmless
}

for flavour in $flavours; do
	conditions
	full
	large
	flooded
	kept
	together
	paced
	quiet
done
done_testing
