#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The opener, which reads the rules again: its privileges, its behaviour when
# fork(2) fails, and no process left after any kill.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh

chmod 711 "$work"
shared="rule shared on v1 { every 1000 packets run \"$nothing\" }"
sleeps="rule sleeps on v1 filter \"udp\" {
	every 1 packet run sh -c \"ls /proc/self/fd >$work/open/fds; exec sleep 1000\"
}"
mkdir -m 777 "$work/open"
as_user="setpriv --reuid 54321 --regid 54321 --clear-groups \
    --inh-caps +net_raw,+bpf,+net_admin \
    --ambient-caps +net_raw,+bpf,+net_admin"

# rights pid: prints user, permitted and ambient capabilities, and no_new_privs.
rights() {
	awk '$1 == "Uid:" { uid = $3 }
		$1 == "CapPrm:" { permitted = $2 }
		$1 == "CapAmb:" { ambient = $2 }
		$1 == "NoNewPrivs:" { print uid, permitted, ambient, $2 }' \
	    "/proc/$1/status"
}

sleeper() {
	# shellcheck disable=SC2009
	command=$(ps -o pid=,args= --ppid "$daemon" |
	    sed -n 's/^ *\([0-9]*\) sleep 1000$/\1/p')
	[ -n "$command" ]
}

watched_by() {
	rights "$watcher" | grep -qx "$1"
}

# all_rights who opener watcher command: checks the privileges of each process.
all_rights() {
	put "$shared
$sleeps"
	start -f "$rules"
	put "$sleeps
$shared"
	reload
	until_true 10 alone
	is "$(rights "$opener")" "$2" "$1: privileges of the opener"
	is "$(rights "$watcher")" "$3" "$1: privileges of the watcher"
	$bin/flood_ports v0 1 9000 1 >/dev/null
	holds "$1: a command runs" until_true 10 sleeper
	is "$(rights "$command")" "$4" "$1: privileges of the command"
	is "$(sort -n "$work/open/fds" | head -n 3 | tr '\n' ' ')$(wc -l <"$work/open/fds")" \
	    "0 1 2 4" "$1: descriptors of the command, one of them opened by ls"
	stop
	is "$status" 0 "$1: exit 0"
}

none=0000000000000000
nobody=$(id -u _bpfstatsd 2>/dev/null || id -u nobody)
all=$(rights $$ | cut -d ' ' -f 2)
all_rights root "0 00000080000030e0 $none 1" "$nobody $none $none 1" \
    "0 $all $none 0"
WRAP=$as_user
all_rights user "54321 0000008000003000 $none 1" "54321 $none $none 1" \
    "54321 $none $none 0"

traced() {
	grep -q '^TracerPid:.*[1-9]' "/proc/$opener/status"
}

untraced() {
	! traced
}

# cannot_fork number: a reload in which this fork(2) of the opener fails.
cannot_fork() {
	find_opener
	strace -qq -o /dev/null -p "$opener" -e 'trace=?fork,?clone,?clone3' \
	    -e "inject=?fork,?clone,?clone3:error=EAGAIN:when=$1" \
	    2>"$work/strace" &
	tracer=$!
	until_true 10 traced
	reload 'reload: failed'
	kill "$tracer"
	until_true 10 untraced
}

# The limit of processes is the three that run.
WRAP="$as_user prlimit --nproc=3"
put "$shared"
start -f "$rules"
first=$(things)
reload 'reload: failed'
like "$(cat "$log")" "$rules: cannot be read again: Resource temp" \
    "no process to read the rules: the message"
is "$(things)" "$first" "no process to read the rules: nothing is left"
stop
WRAP=$as_user
start -f "$rules"
first=$(things)
put "$shared
rule more on v1 filter \"tcp\" { every 1 packet run true }"
cannot_fork 2
like "$(cat "$log")" 'v1: filter: fork: Resource temp' \
    "no process to compile a filter: the message"
is "$(things)" "$first" "no further process: nothing is left"
$bin/flood v0 1500 >/dev/null
holds "no further process: the old rules count" \
    until_true 10 counted shared "1500 1"
stop
is "$status" 0 "no further process: exit 0"

# The limit of descriptors is reached: each interface has sockets of its own.
WRAP="$as_user prlimit --nofile=60:60"
put "$shared"
start -w -f "$rules"
i=0
while [ "$i" -lt 20 ]; do
	i=$((i + 1))
	put "$(cat "$rules")
rule r$i on absent$i filter \"tcp port $i\" { every 1 packet run true }"
	reload 'reload: [rf]' || break
done
holds "no further descriptor: the message" grep -q 'Too many open files' "$log"
find_opener
first=$(things)
reload 'reload: failed'
is "$(things)" "$first" "no further descriptor: nothing is left"
$bin/flood v0 1500 >/dev/null
holds "no further descriptor: the old rules count" \
    until_true 10 counted shared "1500 1"
stop
is "$status" 0 "no further descriptor: exit 0"
WRAP=

# left: prints the remaining processes of the daemon's session; each of these
# daemons has its own.
left() {
	# shellcheck disable=SC2009
	ps -o pid=,stat=,args= --sid "$daemon" | grep -v ' Z' | grep .
}

nobody_left() {
	! left >/dev/null
}

# Kills each process in turn at different moments of a reload. The daemon ends
# with a message, and no process is left; or it continues, if the killed process
# was not needed yet.
many="rule sleeps on v1 { every 100 packets run sleep 1000 busy restart }
$shared"
round=0
bad=
while [ "$round" -lt 24 ]; do
	put "$many"
	: >"$log"
	setsid "$BPFSTATSD" -v -f "$rules" 2>"$log" &
	daemon=$!
	until_true 10 grep -q 'shared: counting' "$log"
	find_opener
	$bin/flood v0 1000 >/dev/null
	kill -HUP "$daemon"
	# The number of look-ups delays the kill.
	i=0
	while [ "$i" -lt $((round / 4)) ]; do
		victims=$(children "$opener")
		i=$((i + 1))
	done
	case $((round % 4)) in
	0) victim=$daemon ;;
	1) victim=$opener ;;
	2) victim=$(echo "$victims" | cut -d ' ' -f 1) ;;
	3) victim=$(echo "$victims" | cut -d ' ' -f 2) ;;
	esac
	[ -n "$victim" ] || victim=$(children "$opener" | cut -d ' ' -f 1)
	# The process may already have ended.
	kill -KILL "$victim" 2>/dev/null || :
	status=
	ended "$daemon" 1 || { kill -TERM "$daemon" && ended "$daemon" 10; }
	case $((round % 4)):$status in
	0:137 | 1:1 | [23]:[01]) ;;
	*) bad="$bad $round:$status" ;;
	esac
	[ "$status" != 1 ] ||
	    grep -Eq 'watcher: |opener ended' "$log" || bad="$bad $round:silent"
	until_true 5 nobody_left || bad="$bad $round: $(left)"
	round=$((round + 1))
done
daemon=
is "$bad" "" "$round kills during reloads leave no process"
done_testing
