#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# For fault-injection.t: reads "mode role call error when" from standard input,
# lets that call of that process fail in a run of the daemon, and prints the
# line with the outcome. A call "-" fails nothing and prints "mode role call
# number" for each call of the process.
#
# In the modes reload and reclassic the call fails during a reload, and calls
# are counted from SIGHUP until the daemon has all new rules or the old ones.
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

# rules file text ...: writes a rules file.
rules() {
	file=$work/$1
	shift
	printf '%s\n' \
	    "rule kept on v1 { every 5 packets run \"$work/command\" \"$out\" }" \
	    "$@" >"$file"
}
rules old 'rule goes on v1 filter tcp { every 5 packets run true }' \
    'rule last on lo filter tcp { every 5 packets run true }'
rules new 'rule comes on v1 filter "not tcp" { every 1000 packets run true }' \
    'rule last on v1 in filter "not udp" { every 1000 packets run true }'

# Fixed lookups: the C library makes the same calls for users on all systems.
printf 'passwd: files\ngroup: files\n' >"$work/nsswitch.conf"
printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' \
    >"$work/passwd"
mount --bind "$work/nsswitch.conf" /etc/nsswitch.conf
mount --bind "$work/passwd" /etc/passwd

# session: prints the state of the daemon's remaining processes, pid first.
session() {
	grep -hsE "\\) [^Z] [0-9]+ [0-9]+ $daemon " /proc/[0-9]*/stat
}

nobody_left() {
	! session >/dev/null
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

# reloads mode: true for a mode with a reload.
reloads() {
	case $1 in
	re*) ;;
	*) return 1 ;;
	esac
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
	watcher:fcntl | watcher:recvmsg) ;;
	*) return 1 ;;
	esac
}

# find_processes: sets $opener and $watcher.
find_processes() {
	opener='' watcher=''
	read -r opener _ <"/proc/$daemon/task/$daemon/children"
	if reloads "$mode"; then
		read -r watcher _ <"/proc/$opener/task/$opener/children"
	else
		watcher=$opener
	fi
} 2>/dev/null

# launch mode role call error when: starts the daemon with fail_calls.so.
launch() {
	wrap=
	as=
	rights=20 # CAP_KILL
	case $1 in
	*classic)
		wrap="setpriv --bounding-set -bpf,-sys_admin
		    --inh-caps -all --ambient-caps -all" ;;
	user)
		as="-u nobody"
		rights=00 ;;
	esac
	if reloads "$1"; then
		cp "$work/old" "$work/rules"
		what="-v -f $work/rules"
		first='bpfstatsd: kept' last='bpfstatsd: last'
	else
		first='bpfstatsd: .*' last='bpfstatsd: .*'
		what="-c 5 -i v1 $as $work/command $out"
	fi
	shift
	: >"$out"
	: >"$log"
	printf '%32s' '' >"$trace"
	# shellcheck disable=SC2086,SC2094
	setsid $wrap env LD_PRELOAD="$bin/fail_calls.so" FAULTS="$*" \
	    FAULTS_HIT="$trace" "$BPFSTATSD" $what >>"$out" 2>"$log" &
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
	trace "$@" || return
	kill -CONT "$target"
}

# trace option ...: attaches strace to $target.
trace() {
	: >"$trace"
	strace -qq -p "$target" -b execve -o "$trace" -e signal=none "$@" \
	    2>"$work/strace" &
	tracer=$!
	until_true 10 traced
}

# send: sends the packets of one event.
send() {
	$bin/flood v0 5 >/dev/null
	sent=$((sent + 1))
}

told() {
	not_running "$daemon" || grep -q "$last: packets .* runs " "$log"
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
	find_processes
	grep -Eq '^(Seccomp|NoNewPrivs):.0$|^Cap(Inh|Prm|Eff|Amb):.*[1-9a-f]' \
	    "/proc/$watcher/status" 2>/dev/null && return 1
	grep -q '^Uid:.0' "/proc/$watcher/status" 2>/dev/null && return 1
	grep -q "^CapEff:.0*$rights\$" "/proc/$daemon/status" 2>/dev/null
}

begun() {
	not_running "$daemon" || grep -q 'kept: counting' "$log"
}

# find_target role: waits until the daemon counts; sets $target to the process
# of the role.
find_target() {
	wrong="hang: at start"
	until_true 10 begun && ! not_running "$daemon" || return
	find_processes
	case $1 in
	runner) target=$daemon ;;
	opener) target=$opener ;;
	watcher) target=$watcher ;;
	esac
}

# arms number: tells fail_calls.so of which process calls fail; 0: of none.
arms() {
	printf '%-8s' "$1" | dd of="$trace" bs=1 seek=16 conv=notrunc status=none
}

# disarm: no further call fails.
disarm() {
	if [ -n "$tracer" ]; then
		kill "$tracer" 2>/dev/null
		wait "$tracer" 2>/dev/null
		tracer=
	else
		arms 0
	fi
}

# reloaded: the reload has ended in one way or another.
reloaded() {
	not_running "$daemon" ||
	    grep -Eq 'reload: (rules|failed)' "$log"
}

reloaded_again() {
	not_running "$daemon" || grep -q 'reload: rules' "$log"
}

# asleep: no process of the daemon has work left.
asleep() {
	for process in $daemon $opener $watcher; do
		read -r stat <"/proc/$process/stat" || continue
		case ${stat##*") "} in
		[SXZ]*) ;;
		*) return 1 ;;
		esac
	done 2>/dev/null
}

# reload role: reloads the rules after the first event; after a reload that
# fails, the next one works. $came is the number of events before the new rules.
reload() {
	send
	until_true 10 events_over 1 || wrong="hang: at start"
	cp "$work/new" "$work/rules"
	kill -HUP "$daemon" 2>/dev/null
	until_true 20 reloaded || wrong="hang: reload"
	until_true 5 asleep || wrong="busy"
	[ "$1" = opener ] || disarm
	grep -q 'reload: failed' "$log" || return
	send
	until_true 10 events_over 2 || wrong="the old rules do not count"
	kill -HUP "$daemon" 2>/dev/null
	until_true 10 reloaded_again || wrong="no reload after the failed one"
}

# play: sends packets, asks for statistics and ends the daemon. $wrong has the
# first failure.
play() {
	wrong=
	until_true 10 forked || wrong="hang: at start"
	! reloads "$mode" || reload "$role"
	came=$sent
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
	! reloads "$mode" || [ "$role" != opener ] || disarm
	grep -q INJECTED "$trace" || late=1
	kill -TERM "$daemon" 2>/dev/null
	ended "$daemon" 10 || wrong="hang: at the end"
	until_true 2 nobody_left || wrong=${wrong:-orphan}
}

# finish: kills all processes that are left.
finish() {
	# shellcheck disable=SC2046
	nobody_left || kill -KILL $(session | cut -d ' ' -f 1)
	[ -z "$tracer" ] || wait "$tracer"
	daemon=
}

# said: prints the daemon's messages without statistics, mode, messages of -v,
# and parts that vary.
unsaid=': packets .* runs |: no extended filter: |: counting, |: pid .*: events'
unsaid="$unsaid|reload: rules|reload: failed; keeping|signal 15"
# The message about the end of opener or watcher has the name of a rule, and of
# a dead opener the runner may hear from either.
said() {
	limit='too long: net.core.optmem_max is .* longer filters'
	grep -Ev "$unsaid" "$log" |
	    sed "s/^bpfstatsd: //; s/pid [0-9]*/pid N/; s|$work/||" |
	    sed "s/$limit/Cannot allocate memory/" |
	    sed -E 's/^(kept|goes|comes|last): (watcher: |the opener )/rule: \2/' |
	    paste -s -d ';' - | sed 's/;\([^ ]\)/; \1/g
	    s/^\(opener: .*\); rule: the opener ended; exiting$/\1/
	    s/^\(opener: .*\); watcher: ended, exit 1$/\1/'
}

# counted_of rule packets: the rule has counted the packets.
counted_of() {
	line=$(grep "$1: packets .* runs " "$log" | tail -n 1)
	[ "$(value packets)" = "$2" ]
}

counted() {
	if reloads "$mode"; then
		counted_of 'bpfstatsd: comes' $(((4 - came) * 5)) &&
		    counted_of "$last" $(((4 - came) * 5)) || return 1
	fi
	counted_of "$first" 20 && [ "$(value events)" = 4 ] || return 1
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
	elif ! counted; then
		echo "WRONG: silent: $line; runs of $(paste -s -d ' ' "$out")"
	elif grep -q 'reload: failed' "$log"; then
		line=$(said)
		echo "reload: failed: ${line:-WRONG: says nothing}"
	elif reloads "$mode"; then
		line=$(said)
		echo "recovers${line:+: }$line"
	else
		echo "recovers"
	fi
}

# fault mode role call error when: runs the daemon with this call failing.
fault() {
	injection=error=$4
	# brk returns the old break, or here an impossible one, never an errno.
	[ "$3" != brk ] || injection=retval=0
	if reloads "$1"; then
		if by_preload "$2" "$3"; then
			launch "$1" armed "$3" "$4" "$5"
		else
			launch "$1" - - - 0
		fi
		find_target "$2" || return
	elif by_preload "$2" "$3"; then
		launch "$@"
	else
		launch "$1" "$2" - - 0
		attach "$2" -e "trace=$3" -e "inject=$3:$injection:when=$5" ||
		    return
	fi
	if ! reloads "$1"; then
		:
	elif by_preload "$2" "$3"; then
		arms "$target"
	else
		# At once the process may fail and end.
		trace -e "trace=$3" -e "inject=$3:$injection:when=$5" || :
	fi
	play
}

# count mode role: prints the system calls of a run without a fault.
count() {
	if reloads "$1"; then
		launch "$1" - - - 0
		find_target "$2" && trace && play
	else
		launch "$1" "$2" - - 0
		attach "$2" && play
	fi
	finish
	sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' "$trace" | sort | uniq -c |
	    sed "s/ *\([0-9]*\) \(.*\)/$1 $2 \2 \1/"
}

while read -r mode role call error when; do
	if [ "$call" = - ]; then
		count "$mode" "$role"
		continue
	fi
	# The number of calls varies a little between runs: beside other work one
	# call receives what are two otherwise, and the last call is not reached.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
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
