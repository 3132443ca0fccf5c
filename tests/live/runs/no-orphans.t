#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# After SIGKILL to any process at any time, within a second no process of the
# daemon and no command with its group is left.
. tests/lib/live.sh
own_network "$@"

chmod 711 "$work"
mkdir -m 777 "$work/open"
mark=$work
up=$work/open/up

# marked: prints the processes with the daemon's environment.
marked() {
	grep -ls "MARK=$mark" /proc/[0-9]*/environ
}

none_left() {
	[ -z "$(marked)" ]
}

kill_marked() {
	for process in $(marked); do
		process=${process#/proc/}
		kill -KILL "${process%/environ}"
	done
}

# command kind: prints the script of a kind of command.
# shellcheck disable=SC2016
command() {
	case $1 in
	plain | stopped)
		echo ': >"$0"; exec sleep 300' ;;
	deaf)
		echo 'trap "" TERM; : >"$0"; while :; do sleep 300; done' ;;
	family)
		echo '(sleep 300 & sleep 300) & : >"$0"; wait' ;;
	esac
}

# begin kind options ...: starts the daemon and a command of the kind.
begin() {
	kind=$1
	shift
	rm -f "$up"
	WRAP="env MARK=$mark"
	start -c 5 -i v1 "$@" sh -c "$(command "$kind")" "$up" &&
	    $bin/flood v0 5 >/dev/null &&
	    until_true 5 [ -e "$up" ] || return 1
	pid=$(sed -n 's/.*: pid \([0-9]*\) started.*/\1/p' "$log")
	[ "$kind" != stopped ] || kill -STOP "$pid"
}

strike() {
	case $1 in
	runner) kill -KILL "$daemon" ;;
	watcher) kill -KILL "$watcher" ;;
	both) kill -KILL "$daemon" "$watcher" ;;
	esac
}

# dies victims kind options ...: kills the victims; no process is left.
dies() {
	victims=$1
	shift
	what="kill -9 $victims, $*"
	if ! begin "$@"; then
		not_ok "$what: the command runs"
		return
	fi
	strike "$victims"
	if until_true 1 none_left; then
		ok "$what: no process is left"
	else
		not_ok "$what: no process is left" "$(marked)" "$(cat "$log")"
	fi
	if [ "$victims" = watcher ]; then
		ended "$daemon" 1
		is "$status" 1 "$what: exit"
		like "$(cat "$log")" 'watcher: ended, exit signal 9 ' \
		    "$what: the runner logs why"
	fi
	kill_marked
	# Keeps the shell from printing a message about the killed process.
	wait "$daemon" 2>/dev/null
	daemon=
}

for victims in runner watcher both; do
	for kind in plain deaf family stopped; do
		dies "$victims" "$kind"
		dies "$victims" "$kind" -u nobody
	done
done

# A watcher that is stopped and cannot act.
begin plain
kill -STOP "$watcher"
kill -KILL "$daemon"
holds "kill -9 runner, watcher stopped: no process is left" \
    until_true 1 none_left
kill_marked
wait "$daemon" 2>/dev/null
daemon=

# Kills during the start or the end of a run.

# moment round: prints a different fraction of a second for each round.
moment() {
	echo "$1" | awk '{ printf "0.%03d\n", ($1 * 37) % 100 }'
}

# During execve(2) a process has no environment for a moment.
none_left_at_all() {
	none_left && sleep 0.02 && none_left
}

# hit round victims options ...: kills the victims during a flood of restarts.
hit() {
	round=$1 victims=$2
	shift 2
	rm -f "$up"
	WRAP="env MARK=$mark"
	start -o restart -c 1 -i v1 "$@" sh -c "$(command family)" "$up"
	$bin/flood v0 3000000 >/dev/null &
	flood=$!
	sleep "$(moment "$round")"
	strike "$victims"
	until_true 1 none_left_at_all || left="$left $round"
	kill -KILL "$flood" 2>/dev/null
	wait "$daemon" "$flood" 2>/dev/null
	kill_marked
	daemon=
}

rounds=$(size 10 30)
for options in runner both "runner -u nobody" "both -u nobody"; do
	left=
	round=0
	while [ "$round" -lt "$rounds" ]; do
		round=$((round + 1))
		# shellcheck disable=SC2086
		hit "$round" $options
	done
	is "$left" "" \
	    "kill -9 $options, $rounds times during a flood of restarts: no process is left"
done

# Kills during reloads under a flood, with both kinds of filter.

. tests/lib/reload.sh
keeps="rule kept on v1 { every 1000 packets run \"$nothing\" }
rule sleeps on v1 { every 5000 packets run sleep 300 busy restart }"

# random limit: prints a random number below the limit.
random() {
	echo $(($(od -An -N2 -tu2 /dev/urandom) % $1))
}

# reloads_on: reloads rules that come and go with filters and interfaces, until
# $work/stop exists.
reloads_on() {
	k=0
	while [ ! -e "$work/stop" ]; do
		k=$((k + 1))
		case $((k % 3)) in
		0) put "$keeps" ;;
		1) put "rule a$k on v1 filter \"udp port $k\" {
			every 1 packet run true }
$keeps" ;;
		2) put "$keeps
rule b$k on v1 in { every 999 packets run \"$nothing\" }" ;;
		esac
		kill -HUP "$daemon" 2>/dev/null
		sleep "0.00$(random 10)"
	done
}

# counted_wrong: prints runs of the kept rule whose events do not match the
# packets.
counted_wrong() {
	awk -v sent="$1" '/kept: .* started: / {
		gsub(",", "")
		for (i = 1; i < NF; i++) {
			if ($i == "events")
				events += $(i + 1)
			if ($i == "total")
				total = $(i + 1)
		}
		if (events != int(total / 1000) || total > sent)
			print
	}' "$log"
}

# interrupted round: kills one of the three processes during reloads.
interrupted() {
	round=$1 flood=1000000
	rm -f "$work/stop"
	put "$keeps"
	WRAP="env MARK=$mark"
	[ $((round % 2)) -eq 0 ] ||
	    WRAP="$WRAP setpriv --bounding-set -bpf,-sys_admin"
	start -f "$rules"
	find_opener
	$bin/flood v0 $flood >/dev/null &
	sender=$!
	reloads_on &
	reloader=$!
	sleep "0.$((100 + $(random 300)))"
	case $((round / 2 % 3)) in
	0) victim=$daemon wanted=137 ;;
	1) victim=$opener wanted=1 ;;
	2) victim=$watcher wanted=1 ;;
	esac
	kill -KILL "$victim"
	until_true 1 none_left_at_all || left="$left $round"
	ended "$daemon" 1 || left="$left $round:hangs"
	[ "$status" = "$wanted" ] || wrong="$wrong $round:exit $status"
	touch "$work/stop"
	kill -KILL "$sender" 2>/dev/null
	wait "$reloader" "$sender" 2>/dev/null
	kill_marked
	daemon=
	wrong="$wrong$(counted_wrong $flood)"
	done=$((done + $(lines 'reload: rules')))
}

rounds=$(size 12 200)
left='' wrong='' done=0
round=0
while [ "$round" -lt "$rounds" ]; do
	interrupted "$round"
	round=$((round + 1))
done
is "$left" "" "kill -9, $rounds times during $done reloads: no process is left"
is "$wrong" "" "kill -9 during reloads: exit and counts"

# A command's background process outlives the run; the daemon does not end it.
WRAP="env MARK=$mark"
for how in TERM KILL; do
	rm -f "$up"
	# shellcheck disable=SC2016
	start -c 5 -i v1 sh -c 'sleep 300 & echo $! >"$0"' "$up"
	$bin/flood v0 5 >/dev/null
	until_true 5 grep -q ': exit 0 after' "$log"
	kill -"$how" "$daemon"
	wait "$daemon" 2>/dev/null
	daemon=
	until_true 1 gone "$watcher"
	holds "$how: a background process of an ended run continues" \
	    grep -q '^State:.[^Z]' "/proc/$(cat "$up")/status"
	kill_marked
done
done_testing
