#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A reload that needs a file system that does not answer: it fails after a time
# limit, and until then it delays no command, timeout, statistics or SIGTERM.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh

# mv(1) would look up the target of a symbolic link at the destination.
put() {
	rm -f "$rules"
	printf '%s\n' "$1" >"$rules"
}

mkdir "$work/hung"
$bin/hang_lookups "$work/hung" >"$work/waiting" 2>&1 &
hang=$!
# The unmount comes first: a file system without answers cannot be removed.
trap 'kill "$hang" 2>/dev/null; wait "$hang"; clean_up' EXIT
mounted() {
	grep -q . "$work/waiting"
}
until_true 5 mounted
grep -q '^mounted$' "$work/waiting" ||
    skip_all "no FUSE: $(head -n 1 "$work/waiting")"

old="rule old on v1 { every 100 packets run sh -c \"echo >>$work/runs\" busy queue }
rule long on v1 filter \"udp dst port 9001\" {
	every 1 packet run sleep 1000 timeout 300ms
}"
: >"$work/runs"

runs_reach() {
	[ "$(wc -l <"$work/runs")" -ge "$1" ]
}

# waits name: the file system has received another lookup of the name.
waits() {
	[ "$(grep -c "^$1\$" "$work/waiting")" -ge "$looks" ]
}

# goes_on what: the old rules start commands and apply their timeouts.
goes_on() {
	runs=$(($(wc -l <"$work/runs") + 1))
	timeouts=$(($(lines 'long: .*: exit signal 15 .* after') + 1))
	$bin/flood v0 100 >/dev/null
	holds "$1: the old rules continue" until_true 5 runs_reach "$runs"
	$bin/flood_ports v0 1 9001 1 >/dev/null
	holds "$1: a timeout ends a command" until_true 5 \
	    lines_reach 'long: .*: exit signal 15 .* after' "$timeouts"
	holds "$1: statistics are available" ask_for_stats
}

# hangs what name: starts a reload that waits for a lookup of the name.
hangs() {
	looks=$(($(grep -c "^$2\$" "$work/waiting") + 1))
	refusals=$(($(lines 'reload: failed') + 1))
	kill -HUP "$daemon"
	holds "$1: the reload waits" until_true 10 waits "$2"
}

refused() {
	lines_reach 'reload: failed' "$refusals"
}

# recovers what: a reload of good rules works.
recovers() {
	put "$old
rule new on v1 filter \"udp dst port 9002\" { every 100 packets run true }"
	holds "$1: the next reload works" reload
	$bin/flood_ports v0 100 9002 1 >/dev/null
	holds "$1: the new rule counts" until_true 10 counted new "100 1"
	put "$old"
	reload 'reload: rules'
}

# gives_up what name pattern: the reload fails after the time limit.
gives_up() {
	hangs "$1" "$2"
	goes_on "$1"
	holds "$1: the reload fails" until_true 30 refused
	like "$(cat "$log")" "$3" "$1: the message names the reason"
	goes_on "$1, given up"
	recovers "$1"
}

# ends what name: SIGTERM during a reload ends the daemon at once.
ends() {
	hangs "$1" "$2"
	kill -TERM "$daemon"
	holds "$1: SIGTERM ends the daemon" ended "$daemon" 3
	is "${status:-} $(lines leaving)" "0 0" \
	    "$1: exit 0, no process left behind"
	kill -KILL "$daemon" 2>/dev/null || :
	daemon=
	# The kernel sends no second request for the same name to the file
	# system.
	kill -USR1 "$hang"
}

# answers what name pattern: an answer within the time limit is used.
answers() {
	hangs "$1" "$2"
	kill -USR1 "$hang"
	holds "$1: a late answer is used" until_true 5 refused
	like "$(tail -n 3 "$log")" "$3" "$1: the message"
	recovers "$1"
}

# Each function writes rules that wait for a lookup of: command, only-there,
# file, more.
command_hangs() {
	put "$old
rule new on v1 { every 1 packet run \"$work/hung/command\" }"
}

path_hangs() {
	put "$old
rule first on v1 { every 1 packet run true }
rule new on v1 { every 1 packet run only-there }"
}

file_hangs() {
	rm "$rules"
	ln -s hung/file "$rules"
}

include_hangs() {
	put "$old
include \"$work/hung/more\""
}

put "$old"
PATH=$PATH:$work/hung
export PATH
start -f "$rules"
reload 'reload: rules'
until_true 10 alone
first=$(things)
command_hangs
gives_up 'a command' command "new: $work/hung/command: .* has not answered for 10 s"
path_hangs
gives_up 'a directory of PATH' only-there "new: only-there: .* has not answered for 10 s"
file_hangs
gives_up 'the rules' file "$rules: .* has not answered for 10 s"
include_hangs
gives_up 'an included file' more "$rules: .* has not answered for 10 s"
kill -USR1 "$hang"
until_true 10 alone
holds "failed reloads leave no process" until_true 10 no_more_things
is "$(things)" "$first" "failed reloads leave no descriptor"

command_hangs
answers 'a command' command "$work/hung/command: cannot execute: No such"
include_hangs
answers 'an included file' more "include $work/hung/more: No such file"

# SIGHUP during a reload causes another reload.
command_hangs
hangs 'two requests' command
put "$old
rule new on v1 { every 100 packets run true }"
said=$(lines 'reload: rules 3')
kill -HUP "$daemon"
kill -USR1 "$hang"
holds "SIGHUP during a reload causes another reload" until_true 10 \
    said_more 'reload: rules 3'

command_hangs
ends 'a command' command
put "$old"
start -f "$rules"
file_hangs
ends 'the rules' file

# With many sources the opener waits for helpers, but for no other child.
many=$old
for port in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	many="$many
rule r$port on v1 filter \"tcp port $port\" { every 1 packet run true }"
done
put "$many"
start -f "$rules"
file_hangs
ends 'the rules, with many sources' file
# The opener and the watcher end when the runner is killed.
put "$old"
start -f "$rules"
find_opener
file_hangs
hangs 'a dead runner' file
kill -KILL "$daemon"
holds "a dead runner: the opener ends" until_true 5 not_running "$opener"
holds "a dead runner: the watcher ends" until_true 5 not_running "$watcher"
daemon=
done_testing
