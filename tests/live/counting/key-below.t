#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# below by key on live packets: each source has its own events, at their time,
# and a steady source costs few wake-ups.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh

export STDOUT="$work/printed"

milliseconds() {
	echo $(($(date +%s%N) / 1000000))
}

# flood frames sources: sends frames from the sources in turn.
flood() {
	$bin/flood_sources v0 "$1" "$2" >/dev/null
}

# events: prints the rule and the key of each event.
events() {
	awk '{ print $6, $8 }' "$STDOUT" | sort
}

events_are() {
	[ "$(events)" = "$1" ]
}

# at rule key: prints the time of the event, ms.
at() {
	awk -v rule="$1" -v key="$2" '$6 == rule && $8 == key {
		printf "%.0f", $1 * 1000 }' "$STDOUT"
}

# Two sources flood, and one of them stops; the last rule needs more packets
# than a source sends within the time.
put 'rule a on v1 { below 33 packets / 2s by source }
rule b on v1 { below 500 packets / 2s by source }
rule c on v1 { below 3000 bytes / 2s by source }
rule d on v1 { below 1 packet / 2s by source }
rule e on v1 { below 100000 packets / 2s by source }'
start -p text -f "$rules"
flood 2000 2
first=$(milliseconds)
flood 2000 2
after=$(milliseconds)
wanted='a 10.0.0.1
b 10.0.0.1
c 10.0.0.1
d 10.0.0.1'
until flood 1000 1; events_are "$wanted" ||
    [ $(($(milliseconds) - after)) -gt 20000 ]; do
	sleep 0.2
done
is "$(events)" "$wanted" 'the source that stops has an event of each rule'
for rule in a b c d; do
	holds "$rule: not early" \
	    [ "$(at $rule 10.0.0.1)" -ge $((first + 2000)) ]
	holds "$rule: not late" [ "$(at $rule 10.0.0.1)" -lt $((after + 3000)) ]
done
flood 2000 2
all=$(for rule in a b c d; do
	printf '%s\n' "$rule 10.0.0.0" "$rule 10.0.0.1" "$rule 10.0.0.1"
done)
until_true 10 events_are "$all"
is "$(events)" "$all" 'once more after as many packets, and the other source'
stop

# A count that a source hardly reaches needs most looks.
put 'rule a on v1 { below 4 packets / 1s by source }'
: >"$STDOUT"
begin=$(milliseconds)
start -p text -f "$rules"
i=0
while [ "$i" -lt 20 ]; do
	i=$((i + 1))
	flood 1 1
	sleep 0.2
done
stats
most=$((33 * ($(milliseconds) - begin) / 1000 + 10))
holds "a steady source: $wakeups wake-ups of at most $most" \
    [ "$wakeups" -le "$most" ]
until_true 10 events_are 'a 10.0.0.0'
is "$(events)" 'a 10.0.0.0' 'a steady source: an event at the end'
stats
most=$((wakeups + 2))
sleep 2
stats
holds "no armed key: $wakeups wake-ups of at most $most" \
    [ "$wakeups" -le "$most" ]
stop
done_testing
