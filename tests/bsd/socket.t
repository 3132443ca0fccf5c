#!/bin/sh
# On each system: the socket for statistics, with the control process and the
# runner confined as they are there, rules from a file, and SIGHUP.
. tests/bsd/lib.sh
own_network "$@"

ctl=$PWD/bpfstatsctl

# told name values: what is told of each trigger, for until_true.
told() {
	"$ctl" -s "$work/sock" -j >"$work/told" 2>&1
	[ "$(grep -o "\"$1\": [0-9]*" "$work/told" | sed "s/.*: //" |
	    tr '\n' ' ')" = "$2 " ]
}

# all_told number: so many ask at once, and all are told.
all_told() {
	clients='' asked=0
	while [ "$asked" -lt "$1" ]; do
		asked=$((asked + 1))
		"$ctl" -s "$work/sock" -j >"$work/told.$asked" 2>&1 &
		clients="$clients $!"
	done
	# shellcheck disable=SC2086
	wait $clients
	[ "$(grep -l '"packets": 1005' "$work"/told.* | wc -l)" -eq "$1" ]
}

for flavour in $flavours; do
	title="$flavour, -s"
	begin -s "$work/sock" -c 7 $bin/do_nothing
	offer send em0 1005 >/dev/null
	holds "$title: packets are told" until_true 10 told packets 1005
	holds "$title: events are told" told events 143
	is "$(stat -c '%a %F' "$work/sock")" "600 socket" "$title: the file"
	holds "$title: 20 at once" all_told 20
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
	holds "$title: each rule has its packets" \
	    until_true 10 told packets '500 1000 400'
	kill -HUP "$daemon"
	holds "$title: SIGHUP: the rules are read again" until_true 5 \
	    grep -q 'reload: rules 3, unchanged 3' "$log"
	offer send em1 100 >/dev/null
	holds "$title: it goes on" until_true 10 \
	    told packets '500 1000 500'
	harmless
	holds "$title: the socket is removed" [ ! -e "$work/sock" ]
done
done_testing
