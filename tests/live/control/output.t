#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Standard error that blocks: a terminal that is not read or stopped by ^S, a
# pipe, a FIFO, a socket. Runs, timeouts and SIGTERM are not delayed, and the
# log says later how many lines were lost.
. tests/lib/live.sh
own_network "$@"
. tests/lib/holder.sh
chmod 711 "$work"

ran=$work/ran
hang=$work/hang
mkfifo "$work/words"
: >"$ran"
chmod 666 "$ran"

# hold kind command ...: executes the command under the holder.
hold() {
	kind=$1
	: >"$log"
	: >"$ran"
	rm -f "$work/pid" "$work/status" "$work/stopped"
	WORK=$work python3 tests/lib/holder.py err "$@" <"$work/words" &
	holder=$!
	exec 9>"$work/words"
}

# open_kind kind [prefix ...]: starts the daemon with standard error of this
# kind.
open_kind() {
	# shellcheck disable=SC2016
	hold "$@" "$BPFSTATSD" -v -i v1 -o queue -T 300ms sh -c \
	    'echo >>"$0"; [ ! -e "$1" ] || exec sleep 300' "$ran" "$hang"
	until_true 10 [ -e "$work/pid" ] && until_true 10 tapped
	daemon=$(cat "$work/pid")
	obey read
	until_true 5 grep -q ': counting' "$log"
}

ran_reach() {
	[ "$(wc -l <"$ran")" -ge "$1" ]
}

# told: sets $runs to the logged lines of runs and $lost to the lines reported
# as lost.
told() {
	runs=$(grep -c ': pid [0-9]' "$log")
	lost=$(sed -n 's/.*bpfstatsd: log: lost \([0-9]*\) line.*/\1/p' "$log" |
	    awk '{ n += $1 } END { print n + 0 }')
}

all_told() {
	told
	[ $((runs + lost)) -eq "$1" ]
}

# goes_on how: the daemon works while its output is blocked by fill or stop.
goes_on() {
	obey "$1"
	$bin/flood v0 80 >/dev/null
	holds "$kind, $1: runs are not delayed" until_true 20 ran_reach 80
	: >"$hang"
	$bin/flood v0 1 >/dev/null
	until_true 5 ran_reach 81
	rm -f "$hang"
	$bin/flood v0 1 >/dev/null
	holds "$kind, $1: a timeout ends a run" until_true 5 ran_reach 82
	until_true 5 at_rest
	[ "$1" = fill ] || obey go
	obey read
	holds "$kind, $1: all lines are written or reported as lost" \
	    until_true 10 all_told 164
	told
	holds "$kind, $1: some lines are lost" [ "$lost" -gt 0 ]
	is "$(tr -d '\r' <"$log" | grep -cvE '^(x?bpfstatsd: .*|x*)$')" 0 \
	    "$kind, $1: lines are whole"
}

ends() {
	obey hold
	obey "$1"
	kill -TERM "$daemon"
	echo wait >&9
	holds "$kind: SIGTERM ends the daemon" \
	    until_true 10 [ -e "$work/status" ]
	is "$(cat "$work/status")" 0 "$kind: SIGTERM: exit 0"
	exec 9>&-
	wait "$holder"
	daemon=
}

# as_nobody: a user who can count but cannot open another user's terminal or
# pipe.
as_nobody() {
	open_kind "$1" setpriv --reuid 65534 --regid 65534 --clear-groups \
	    --inh-caps +net_raw,+bpf,+perfmon,+net_admin \
	    --ambient-caps +net_raw,+bpf,+perfmon,+net_admin
}

for kind in terminal pipe fifo socket-stream socket-packet; do
	open_kind "$kind"
	goes_on fill
	ends fill
done
open_kind terminal
goes_on stop
ends stop
for kind in terminal-of-another terminal-of-nobody pipe-of-another; do
	as_nobody "$kind"
	goes_on fill
	ends fill
done

# In the background of a terminal with "stty tostop".
open_kind terminal-tostop
$bin/flood v0 3 >/dev/null
holds "tostop: runs are not delayed" until_true 5 ran_reach 3
holds "tostop: the log is complete" until_true 5 all_told 6
kill -TERM "$daemon"
obey wait
is "$(cat "$work/status")" 0 "tostop: exit"
holds "tostop: no process is stopped" [ ! -e "$work/stopped" ]
exec 9>&-
wait "$holder"
daemon=
hold terminal-tostop "$BPFSTATSD" -i missing true
obey wait
is "$(cat "$work/status")" 1 "tostop: an error at the start does not stop it"
exec 9>&-
wait "$holder"
done_testing
