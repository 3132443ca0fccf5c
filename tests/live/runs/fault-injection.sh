#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# For fault-injection.t: reads "mode role call error when" from standard input,
# lets that call of that process fail in a run of the daemon, and prints the
# line with the outcome. A call "-" fails nothing and prints "mode role call
# number" for each call of the process.
. tests/lib/live.sh
own_network "$@"

out=$work/out
trace=$work/trace

# The command writes which of its signals are blocked or ignored, and its number
# of events. At the last event the command stays until a signal ends it.
cat >"$work/command" <<'END'
#!/bin/sh
bad=
while read -r name value; do
	case $name$value in
	# The C library uses signals 32 and 33.
	SigIgn:0000000180000000) ;;
	SigBlk:*[!0]* | SigIgn:*[!0]*) bad="$bad$name$value " ;;
	esac
done </proc/$$/status
echo "$bad$BPFSTATSD_EVENTS"
sum=0
while read -r line; do
	sum=$((sum + ${line##* }))
done <"$1"
[ "$sum" -lt 4 ] || exec sleep 60
END
chmod 755 "$work" "$work/command"

# Fixed lookups: the C library makes the same calls for users on all systems.
printf 'passwd: files\ngroup: files\n' >"$work/nsswitch.conf"
printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' \
    >"$work/passwd"
mount --bind "$work/nsswitch.conf" /etc/nsswitch.conf
mount --bind "$work/passwd" /etc/passwd

# session: prints the pids of the daemon's remaining processes.
session() {
	for file in /proc/[0-9]*/stat; do
		read -r stat <"$file" || continue
		# shellcheck disable=SC2086
		set -- ${stat##*") "}
		[ "$4" = "$daemon" ] && [ "$1" != Z ] && echo "${stat%% *}"
	done 2>/dev/null
}

nobody_left() {
	[ -z "$(session)" ]
}

# stopped: finds the process that stopped itself for the tracer; sets $target.
stopped() {
	for target in $daemon $(children "$daemon"); do
		grep -q '^State:.T (stopped)' "/proc/$target/status" && return
	done 2>/dev/null
	return 1
}

traced() {
	grep -q '^TracerPid:.*[1-9]' "/proc/$target/status" 2>/dev/null
}

forked() {
	not_running "$daemon" || [ -n "$(children "$daemon")" ]
}

count_events() {
	sum=0
	while read -r line; do
		sum=$((sum + ${line##* }))
	done <"$out"
}

events_over() {
	not_running "$daemon" && return
	count_events
	[ "$sum" -ge "$1" ]
}

# by_preload role call: true if fail_calls.so, not strace, makes the call fail.
by_preload() {
	case $1:$2 in
	*:close | *:clock_gettime) ;;
	watcher:poll | watcher:recvfrom | watcher:sendto) ;;
	watcher:dup2 | watcher:dup3) ;;
	watcher:getsockname | watcher:getsockopt | watcher:ioctl) ;;
	*) return 1 ;;
	esac
}

# launch mode role call error when: starts the daemon with fail_calls.so.
launch() {
	wrap=
	as=
	rights=20 # CAP_KILL
	case $1 in
	classic)
		wrap="setpriv --bounding-set -bpf,-sys_admin
		    --inh-caps -all --ambient-caps -all" ;;
	user)
		as="-u nobody"
		rights=00 ;;
	esac
	shift
	: >"$out"
	: >"$log"
	printf '%32s' '' >"$trace"
	# shellcheck disable=SC2086,SC2094
	setsid $wrap env LD_PRELOAD="$bin/fail_calls.so" FAULTS="$*" \
	    FAULTS_HIT="$trace" "$BPFSTATSD" -c 5 -i v1 $as "$work/command" \
	    "$out" >>"$out" 2>"$log" &
	daemon=$!
	sent=0
	late=0
	tracer=
}

# attach role option ...: attaches strace when the process of the role has
# stopped.
attach() {
	wrong="no process stops"
	if [ "$1" = child ]; then
		until_true 10 forked
		send
	fi
	shift
	until_true 10 stopped || return
	: >"$trace"
	strace -qq -p "$target" -b execve -o "$trace" -e signal=none "$@" \
	    2>"$work/strace" &
	tracer=$!
	until_true 10 traced && kill -CONT "$target"
}

# send: sends the packets of one event.
send() {
	$bin/flood v0 5 >/dev/null
	sent=$((sent + 1))
}

told() {
	not_running "$daemon" || grep -q ' packets .* runs ' "$log"
}

# ask: asks for statistics, again if a request was lost.
ask() {
	for _ in 1 2 3 4; do
		not_running "$daemon" && return
		kill -USR1 "$daemon" 2>/dev/null
		until_true 2 told && return
	done
	wrong="hang: no statistics"
}

# confined: no process has more privileges than it should, or the daemon has
# ended.
confined() {
	not_running "$daemon" && return
	watcher=$(children "$daemon" | tr ' ' '\n' | head -n 1)
	grep -Eq '^(Seccomp|NoNewPrivs):.0$|^Cap(Inh|Prm|Eff|Amb):.*[1-9a-f]' \
	    "/proc/$watcher/status" 2>/dev/null && return 1
	grep -q '^Uid:.0' "/proc/$watcher/status" 2>/dev/null && return 1
	grep -q "^CapEff:.0*$rights\$" "/proc/$daemon/status" 2>/dev/null
}

# play: sends packets, asks for statistics and ends the daemon. $wrong has the
# first failure.
play() {
	wrong=
	until_true 10 forked || wrong="hang: at start"
	[ "$sent" -ne 0 ] || send
	while until_true 10 events_over "$sent" && [ "$sent" -lt 4 ]; do
		send
	done
	events_over "$sent" || wrong="hang: event $sent"
	[ -n "$wrong" ] || ask
	early=0
	if not_running "$daemon"; then
		early=1
	elif ! until_true 1 confined; then
		wrong="not confined"
	fi
	grep -q INJECTED "$trace" || late=1
	kill -TERM "$daemon" 2>/dev/null
	ended "$daemon" 10 || wrong="hang: at the end"
	until_true 2 nobody_left || wrong=${wrong:-orphan}
}

# finish: kills all processes that are left.
finish() {
	# shellcheck disable=SC2046
	nobody_left || kill -KILL $(session)
	[ -z "$tracer" ] || wait "$tracer"
	daemon=
}

# said: prints the daemon's messages without statistics, mode, and parts that
# vary.
said() {
	limit='too long: net.core.optmem_max is .* longer filters'
	grep -Ev ': packets .* runs |: no extended filter: ' "$log" |
	    sed "s/^bpfstatsd: //; s/pid [0-9]*/pid N/; s|$work/||" |
	    sed "s/$limit/Cannot allocate memory/" |
	    paste -s -d ';' - | sed 's/;\([^ ]\)/; \1/g'
}

counted() {
	line=$(grep ' packets .* runs ' "$log" | tail -n 1)
	[ "$(value packets) $(value events)" = "20 4" ] || return 1
	! grep -q '[^0-9]' "$out" && count_events && [ "$sum" -eq 4 ]
}

outcome() {
	if [ -n "$wrong" ]; then
		echo "WRONG: $wrong"
	elif ! grep -q INJECTED "$trace"; then
		echo "not reached"
	elif [ "$status" -ge 128 ]; then
		echo "WRONG: killed by signal $((status - 128))"
	elif [ "$status" -ne 0 ]; then
		line=$(said)
		echo "${line:+fails: }${line:-WRONG: exit $status, says nothing}"
	elif [ "$early" -eq 1 ]; then
		echo "WRONG: ended by itself, exit 0"
	elif counted; then
		echo "recovers"
	else
		echo "WRONG: silent: $line; runs of $(paste -s -d ' ' "$out")"
	fi
}

# fault mode role call error when: runs the daemon with this call failing.
fault() {
	if by_preload "$2" "$3"; then
		launch "$@"
		play
		return
	fi
	launch "$1" "$2" - - 0
	case $3 in
	# brk returns the old break, or here an impossible one, never an errno.
	brk) injection=retval=0 ;;
	*) injection=error=$4 ;;
	esac
	attach "$2" -e "trace=$3" -e "inject=$3:$injection:when=$5" && play
}

# count mode role: prints the system calls of a run without a fault.
count() {
	launch "$1" "$2" - - 0
	attach "$2" && play
	finish
	sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' "$trace" | sort | uniq -c |
	    sed "s/ *\([0-9]*\) \(.*\)/$1 $2 \2 \1/"
}

while read -r mode role call error when; do
	if [ "$call" = - ]; then
		count "$mode" "$role"
		continue
	fi
	# The number of calls varies a little between runs.
	for _ in 1 2 3; do
		fault "$mode" "$role" "$call" "$error" "$when"
		finish
		result=$(outcome)
		[ "$result" = "not reached" ] || break
	done
	case $late:$result in
	1:recovers | 1:fails*) result="meets the end" ;;
	esac
	echo "$mode $role $call $error $when $result"
done
