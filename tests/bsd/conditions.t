#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each system: pairs of packets with silences between them are the events of
# after, idle, below, calm and while, and the packets of two interfaces are one
# count.
. tests/bsd/lib.sh
[ -n "${FLAVOURS:-}" ] || at_once "$0"
own_network "$@"

pairs=4

# sum rule event: prints the events of a rule that have been printed.
sum() {
	awk -v rule="$1" -v event="$2" \
	    '$2 == event && $6 == rule { n += $3 } END { print n + 0 }' \
	    "$work/out"
}

# sum_reaches rule event number
sum_reaches() {
	[ "$(sum "$1" "$2")" -ge "$3" ]
}

# counts rule event number: waits for these events.
counts() {
	until_true 20 sum_reaches "$1" "$2" "$3"
	is "$(sum "$1" "$2")" "$3" "$flavour: $2: $3 events"
}

cat >"$work/rules" <<-EOF2
	rule greet on em0 { after 500ms }
	rule leave on em0 { idle 500ms }
	rule low on em0 { below 2 packets / 500ms }
	rule over on em0 { every 1 packet; calm 500ms }
	rule up on em0 { while 500ms }
	rule both on together { em0 em1 } { every 3 packets }
EOF2

for flavour in $flavours; do
	title=$flavour
	flavour "$flavour"
	offer create em0
	offer create em1
	start -p text -f "$work/rules" || not_ok "$title: the daemon starts"
	# Both are due after the start.
	counts low below 1
	counts leave idle 1
	offer apart em0 $((2 * pairs)) 2 1000000 >/dev/null
	offer apart em1 4 2 1000 >/dev/null
	counts low below $((pairs + 1))
	counts leave idle $((pairs + 1))
	counts over calm "$pairs"
	counts over every $((2 * pairs))
	counts greet after "$pairs"
	counts up while "$pairs"
	counts both every $(((2 * pairs + 4) / 3))
	harmless
done
done_testing
