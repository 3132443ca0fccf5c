#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On systems with numbered devices: the daemon reports that all are in use, and
# starts when one is free.
. tests/bsd/lib.sh
own_network "$@"

# rules number: writes rules that need a device each.
rules() {
	seq "$1" | while read -r port; do
		echo "rule r$port on em0 filter \"udp port $port\" {
			every 7 packets run \"$bin/do_nothing\"
		}"
	done >"$work/rules"
}

# all_used flavour number: uses all devices, then starts another daemon.
all_used() {
	title="$1, all devices in use"
	flavour "$1"
	offer create em0
	rules "$2"
	start -f "$work/rules" || not_ok "$title: $2 rules start"
	holder=$daemon
	daemon=
	log=$work/second
	start -i em0 true >/dev/null
	ended "$daemon" 10
	is "$status" 1 "$title: another daemon exits"
	like "$(cat "$log")" "em0: .*all $2 are in use, /dev/bpf0 to \
/dev/bpf$(($2 - 1));" "$title: reason"
	log=$work/log
	daemon=$holder
	stop
	start -i em0 -c 7 $bin/do_nothing ||
	    not_ok "$title: starts when they are free"
	offer send em0 70 >/dev/null
	until_true 10 stats_reach packets 70
	is "$packets $events" "70 10" "$title: counts when they are free"
	harmless
}

for name in $flavours; do
	case $name in
	openbsd51) all_used "$name" 8 ;;
	macos) all_used "$name" 3 ;;
	esac
done
done_testing
