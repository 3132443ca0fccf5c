#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Counting by key on all kinds of sources: interfaces, several together, any,
# and log groups; with many rules; and the messages where it is impossible.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh

export STDOUT="$work/printed"

# rule text: starts the daemon with a rule; what it prints goes to $STDOUT.
rule() {
	put "$1"
	start -p text -f "$rules"
}

# keys: prints each key of rule "r" with its events.
keys() {
	awk '$6 == "r" { n[$8 " " $9] += $3 }
	    END { for (key in n) print key, n[key] }' "$STDOUT" | tr -s ' ' |
	    sort
}

# summary: prints the number of keys, and their events without repetition.
summary() {
	keys | awk '{ seen[$2] = 1 }
	    END { printf "%d", NR; for (n in seen) printf " %d", n; print "" }'
}

prints() {
	[ "$($1)" = "$2" ]
}

# counts function text description: the function comes to print the text.
counts() {
	until_true 10 prints "$1" "$2"
	is "$($1)" "$2" "$3"
	stop
}

# flood frames sources [interface]
flood() {
	$bin/flood_sources "${3:-v0}" "$1" "$2" >/dev/null
}

# both: two frames from each of two sources to either interface.
both() {
	flood 4 2 v0
	flood 4 2 v1
}

rule 'rule "r" on together { v0 v1 } { every 4 packets by source }'
both
counts keys '10.0.0.0 1
10.0.0.1 1' 'two interfaces together: one table'

rule 'rule "r" on any { every 4 packets by source }'
both
counts keys '10.0.0.0 1
10.0.0.1 1' 'any: all interfaces in one table'

rule 'rule "r" on v1 in filter "udp" { every 100 bytes by destination/8, port }'
flood 20 20
counts keys '0.0.0.0/8 0 12' 'bytes by a network and a port'

rule 'rule "r" on v1 { rate 3 packets / 1h by source }'
flood 700 100
counts summary '100 2' 'rate: two events of each source'

# Log groups: the key is in the message.
nft -f - <<RULES
table inet filter {
	chain input {
		type filter hook input priority filter
		icmp type echo-request log group 7
	}
}
RULES
rule 'rule "r" on nflog:7 { every 3 packets by source }'
for i in 5 6; do
	ping -q -c 3 -i 0.01 -I 127.0.0.$i 127.0.0.1 >/dev/null
done
counts keys '127.0.0.5 1
127.0.0.6 1' 'a log group by source'

# impossible description pattern arguments ...
impossible() {
	about=$1 pattern=$2
	shift 2
	# shellcheck disable=SC2086
	timeout 10 $wrap "$BPFSTATSD" "$@" true >"$work/out" 2>"$log"
	like "$? $(cat "$log")" "^1 bpfstatsd: $pattern" "$about"
}

wrap='setpriv --bounding-set -bpf,-sys_admin'
need='only the extended filter counts by key: that needs CAP_BPF and Linux'
impossible 'without CAP_BPF' "(.*: )?$need" -i v1 -k source
impossible 'a log group without CAP_BPF' "(.*: )?$need" -i nflog:7 -k source
wrap=
impossible 'a filter that only classic filters can have' \
    'any: filter: link\[8:2\]: only the extended filter counts by key:' \
    -i any -k source -e 'link[8:2] = 1'

# Many rules, each with a table of its own.
n=$(size 6 60)
i=0
while [ "$i" -lt "$n" ]; do
	echo "rule \"r$i\" on v1 { rate $((i + 2)) packets / 1h by source }"
	i=$((i + 1))
done >"$work/many"
rule "$(sed 's/"r0"/"r"/' "$work/many")"
flood 200 100
counts summary '100 1' "$n rules with tables"
done_testing
