#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Many rules from one file, with live packets.
. tests/lib/live.sh
own_network "$@"

rules=$work/rules

# count name: prints the rule's packets and events.
count() {
	sed -n "s/^bpfstatsd: $1: packets \([0-9]*\),.* events \([0-9]*\),.*/\1 \2/p" \
	    "$log" | tail -n 1
}

has_counted() {
	kill -USR1 "$daemon"
	sleep 0.05
	[ "$(count "$1")" = "$2" ]
}

# refused text pattern: a wrong file is refused with exit 2.
refused() {
	echo "$1" >"$rules"
	status=0
	"$BPFSTATSD" -f "$rules" 2>"$log" || status=$?
	is "$status" 2 "$2: exit 2"
	holds "$2: named in the message" grep -q "$2" "$log"
}

cat >"$rules" <<-EOF
	port = 9001
	rule "all" on v1 {
		every 10 packets run "$PWD/$bin/do_nothing"
		idle 300ms run touch "$work/idle"
	}
	rule "some" on v1 in filter "tcp dst port 9001" {
		every 7 packets run "$PWD/$bin/do_nothing" busy queue
	}
	rule "same" on { v1 lo } in filter "tcp dst port 9001" {
		every 3 packets run "$PWD/$bin/do_nothing" busy drop
		every 1K bytes run "$PWD/$bin/do_nothing"
	}
EOF
is "$("$BPFSTATSD" -n -f "$rules" 2>&1)" "" "-n: a correct file gives no output"
"$BPFSTATSD" -nv -f "$rules" >"$work/printed" 2>&1
is "$("$BPFSTATSD" -nv -f "$work/printed" 2>&1)" "$(cat "$work/printed")" \
    "-nv: the printed rules are canonical"

"$BPFSTATSD" -v -f "$rules" 2>"$log" &
daemon=$!
until_true 10 grep -q 'same: counting' "$log"
$bin/flood v0 1000 0 9001 >/dev/null
$bin/flood v0 500 0 9002 >/dev/null
until_true 10 has_counted all "1500 150"
is "$(count all)" "1500 150" "a rule without a filter counts all packets"
until_true 10 has_counted some '1000 142'
is "$(count some)" "1000 142" "a rule counts what its filter accepts"
kill -USR1 "$daemon"
holds "idle: the command has run" until_true 5 test -e "$work/idle"
holds "statistics have a line for each rule and interface" \
    [ "$(grep -c 'same: packets' "$log")" -ge 2 ]
kill -TERM "$daemon"
ended "$daemon" 10
is "$status" 0 "SIGTERM: exit 0"
daemon=

# More orders at once than the sockets between the processes can hold.
{ echo 'rule crowd on v1 {'
    yes "every 1 packet run \"$PWD/$bin/do_nothing\"" | head -n 1000
    echo '}'; } >"$rules"
start -f "$rules"
# The runner reports most of these ends to the watcher at the next packet only.
$bin/flood v0 1 >/dev/null
switches() {
	sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$daemon/status"
}
sleeps() {
	[ "$(lines 'crowd: .* exit 0 after')" -ge 1000 ] || return
	before=$(switches)
	sleep 0.3
	[ "$(switches)" -eq "$before" ]
}
holds "a thousand triggers run, then the daemon sleeps" until_true 30 sleeps
$bin/flood v0 999 >/dev/null
holds "a thousand triggers at once: no event is lost" \
    until_true 30 has_counted crowd '1000 1000000'
kill -TERM "$daemon"
ended "$daemon" 10
is "$status" 0 "a thousand triggers: SIGTERM: exit 0"
daemon=

refused 'rule "a" on v1 { every 0 packets run true }' '"0"'
refused 'rule "a" on v1 { every 1 packet run true' "$rules:[0-9]*: "
refused 'nonsense' 'nonsense'
refused '' 'no rules'
for option in "-c 5" "-z" "-e ip" "-i v1" "-t 1s" "-W 1s" "-o drop"; do
	status=0
	# shellcheck disable=SC2086
	"$BPFSTATSD" $option -f "$rules" 2>"$log" || status=$?
	is "$status $(grep -c -- "${option%% *}: cannot be used with -f" \
	    "$log")" "2 1" \
	    "$option: cannot be used with -f"
done
chmod go+w "$rules"
refused 'rule "a" on v1 { every 1 packet run true }' 'writable'
chmod go-w "$rules"
status=0
"$BPFSTATSD" -f "$work/nowhere" 2>"$log" || status=$?
is "$status $(grep -c 'nowhere: No such file' "$log")" "2 1" "no such file"
done_testing
