#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# valgrind finds no leak and no error in the processes. The system call filter
# is off, because valgrind needs other system calls.
. tests/lib/live.sh
own_network "$@"

if ldd "$BPFSTATSD" | grep -q libasan; then
	echo "1..0 # SKIP the address sanitizer conflicts with valgrind and checks the same"
	exit 0
fi

# errors file: prints valgrind's number of errors of one process.
errors() {
	sed -n 's/.*ERROR SUMMARY: \([0-9]*\) errors.*/\1/p' "$1" | tail -n 1
}

checked() {
	what=$1
	shift
	rm -f "$work"/vg.*
	WRAP="env LD_PRELOAD=$bin/nosandbox.so valgrind --quiet
	    --log-file=$work/vg.%p --leak-check=full --show-leak-kinds=definite
	    --errors-for-leak-kinds=definite --error-exitcode=99
	    --suppressions=tests/more/valgrind.supp -s"
	if ! start "$@"; then
		not_ok "$what: the daemon counts"
		return
	fi
	WRAP=
	$bin/flood v0 50 >/dev/null
	until_true 20 stats_reach packets 50
	until_true 20 stats_reach runs 1
	is "$packets" 50 "$what: packets"
	pid=$daemon
	kill -TERM "$daemon"
	ended "$daemon" 20
	daemon=
	is "$status" 0 "$what: exit"
	for report in "$work/vg.$pid" "$work/vg.$watcher"; do
		is "$(errors "$report")" 0 "$what: no error and no leak"
		grep -A 12 -E 'Invalid|uninit|lost in' "$report" | sed 's/^/# /'
	done
}

checked "once" -i v1 -c 5 true
checked "queue" -i v1 -c 5 -o queue true
checked "restart, -T" -i v1 -c 5 -o restart -T 100ms sleep 10
checked "a command that fails" -i v1 -c 5 false
done_testing
