#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each system: the statistics socket, with the control process and the runner
# confined, rules from a file, and SIGHUP.
. tests/bsd/lib.sh
own_network "$@"

ctl=$PWD/bpfstatsctl

# shows name values: bpfstatsctl prints these values, one for each trigger.
shows() {
	"$ctl" -s "$work/sock" -j >"$work/reply" 2>&1
	[ "$(grep -o "\"$1\": [0-9]*" "$work/reply" | sed "s/.*: //" |
	    tr '\n' ' ')" = "$2 " ]
}

# all_served number: the given number of concurrent clients get an answer.
all_served() {
	clients='' asked=0
	while [ "$asked" -lt "$1" ]; do
		asked=$((asked + 1))
		"$ctl" -s "$work/sock" -j >"$work/reply.$asked" 2>&1 &
		clients="$clients $!"
	done
	# shellcheck disable=SC2086
	wait $clients
	[ "$(grep -l '"packets": 1005' "$work"/reply.* | wc -l)" -eq "$1" ]
}

for flavour in $flavours; do
	title="$flavour, -s"
	begin -s "$work/sock" -c 7 $bin/do_nothing
	offer send em0 1005 >/dev/null
	holds "$title: packets" until_true 10 shows packets 1005
	holds "$title: events" shows events 143
	is "$(stat -c '%a %F' "$work/sock")" "600 socket" "$title: mode and type"
	holds "$title: 20 clients at once" all_served 20
	harmless
	holds "$title: the socket is removed" [ ! -e "$work/sock" ]

	title="$flavour, -f"
	cat >"$work/rules" <<RULES
socket "$work/sock"
rule one on em0 filter tcp { every 10 packets run "$bin/do_nothing" }
rule two on { em0 em1 } { every 100 packets run "$bin/do_nothing" }
RULES
	flavour "$flavour"
	offer create em0
	offer create em1
	start -f "$work/rules" || not_ok "$title: the daemon starts"
	offer send em0 1000 >/dev/null
	offer send em1 400 >/dev/null
	holds "$title: packets of each rule" \
	    until_true 10 shows packets '500 1000 400'
	kill -HUP "$daemon"
	holds "$title: SIGHUP reloads" until_true 5 \
	    grep -q 'reload: rules 3: .* 3 unchanged' "$log"
	offer send em1 100 >/dev/null
	holds "$title: counting continues" until_true 10 \
	    shows packets '500 1000 500'
	harmless
	holds "$title: the socket is removed" [ ! -e "$work/sock" ]
done
done_testing
