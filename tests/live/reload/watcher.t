#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The watcher takes a new table whole or not at all: without memory or
# descriptors for the table the old rules stay, and a watcher that does not run
# holds up neither opener nor runner.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh

without_bpf="setpriv --bounding-set -bpf,-sys_admin"
shared="rule shared on v1 { every 1000 packets run \"$nothing\" }"

filter=
# many number: writes the shared rule and this number of others.
many() {
	{
		echo "$shared"
		i=0
		while [ "$i" -lt "$1" ]; do
			i=$((i + 1))
			echo "rule r$i on v1 $filter {"
			echo "every $i packets run \"$nothing\" interval 1h }"
		done
	} >"$rules.new"
	mv "$rules.new" "$rules"
}

# counts what: the shared rule misses no packet.
counts() {
	sum=$((sum + 1500))
	$bin/flood v0 1500 >/dev/null
	holds "$1" until_true 10 counted shared "$sum $((sum / 1000))"
}

# refuses what evil message number: the watcher refuses the first table with this
# number of new rules, and takes the next one.
refuses() {
	WRAP="$WRAP env LD_PRELOAD=$PWD/$bin/evil_watcher.so EVIL=$2"
	put "$shared"
	start -f "$rules"
	find_opener
	sum=0
	counts "$1: at first the rule counts"
	first=$(things)
	many "$4"
	reload 'reload: failed'
	like "$(cat "$log")" \
	    "reload: the watcher cannot take the new rules: $3" "$1: the message"
	counts "$1: the old rule counts"
	until_true 5 no_more_things
	is "$(things)" "$first" "$1: nothing is left"
	holds "$1: the next reload works" reload
	ask_for_stats
	like "$(about "r$4")" '^[0-9]+ 0$' "$1: then new rules count"
	counts "$1: and the old rule goes on"
	stop
	is "$status" 0 "$1: exit 0"
	WRAP=
}

if ldd "$BPFSTATSD" | grep -q libasan; then
	ok 'no memory # SKIP the sanitizer has its own allocator'
else
	refuses 'no memory' poor 'Cannot allocate memory' 500
	WRAP=$without_bpf
	refuses 'classic, no memory' poor 'Cannot allocate memory' 500
fi
WRAP=$without_bpf
# A rule with a filter has a source of its own.
filter='filter tcp'
refuses 'no descriptor' full 'Too many open files' 2
filter=

# asleep pid: the process waits, and has nothing to do.
asleep() {
	grep -q '^State:[[:space:]]*S' "/proc/$1/status"
}

# A table larger than the socket's buffer, for a watcher that is stopped.
put "$shared"
start -f "$rules"
find_opener
sum=0
counts 'at first the rule counts'
kill -STOP "$watcher"
many 2000
kill -HUP "$daemon"
holds 'stopped: the opener says that it waits' until_true 30 \
    lines_reach 'the watcher has not answered for 10 s' 1
holds 'stopped: the opener sleeps' until_true 5 asleep "$opener"
used=$(cut -d ' ' -f 14,15 "/proc/$opener/stat")
put "$shared
rule last on v1 { every 10 packets run \"$nothing\" }"
kill -HUP "$daemon"
$bin/flood v0 1500 >/dev/null
sum=$((sum + 1500))
is "$(cut -d ' ' -f 14,15 "/proc/$opener/stat")" "$used" \
    'stopped: the opener uses no processor'
is "$(lines 'reload: rules')" 0 'stopped: no reload yet'
kill -CONT "$watcher"
holds 'continued: both reloads complete' until_true 20 \
    lines_reach 'reload: rules' 2
like "$(grep 'reload: rules' "$log" | head -n 1)" \
    'rules 2001: 2000 added, 0 removed, 0 changed, 1 unchanged' \
    'continued: the first file'
like "$(grep 'reload: rules' "$log" | tail -n 1)" \
    'rules 2: 1 added, 2000 removed, 0 changed, 1 unchanged' \
    'continued: the second file'
counts 'continued: no packet is missed'
is "$(lines 'has not answered')" 1 'stopped: the log says so once'

# The end of the daemon does not wait for it.
kill -STOP "$watcher"
many 2000
kill -HUP "$daemon"
kill -TERM "$daemon"
holds 'stopped: SIGTERM ends the daemon' ended "$daemon" 10
kill -KILL "$opener" "$watcher" 2>/dev/null
daemon=
done_testing
