#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Commands, parents and systems that behave badly do no harm: no event is lost,
# no process waits without limit, and no foreign process or descriptor is
# touched.
. tests/lib/live.sh
own_network "$@"

chmod 711 "$work"
mkdir -m 777 "$work/open"
found=$work/open/found
told=$work/open/told

frames() {
	$bin/flood v0 "$1" >/dev/null
}

# launch redirections arguments ...: starts the daemon as "start" does, for
# tests without a log.
launch() {
	redirections=$1
	shift
	sh -c "exec \"\$@\" $redirections" sh "$BPFSTATSD" -v -i v1 "$@" &
	daemon=$!
	until_true 10 confined
}

confined() {
	watcher=$(children "$daemon" | tr -d ' ')
	[ -n "$watcher" ] && grep -qs '^Seccomp:.2' "/proc/$watcher/status"
}

# Commands that do not end, or not at SIGTERM.

group_gone() {
	! kill -0 -"$group" 2>/dev/null
}

# took about milliseconds exit: checks the end of the first run.
took() {
	about=$1
	first=$(grep -m 1 ': exit .* after' "$log")
	group=$(echo "$first" | sed 's/.*: pid \([0-9]*\):.*/\1/')
	after=$(echo "$first" | sed 's/.* after \([0-9]*\)... us.*/\1/')
	like "$first" ": exit $3 after " "$about: exit"
	# The two processes read the clock at slightly different times.
	holds "$about: not before $2 ms" [ "$after" -ge $(($2 - 20)) ]
	holds "$about: ends after $after ms" [ "$after" -lt $(($2 + 4000)) ]
	holds "$about: no process is left" until_true 5 group_gone
}

log=$work/deaf
start -z -T 300ms -i v1 sh -c 'trap "" TERM; while :; do sleep 1; done'
deaf=$daemon
log=$work/child
start -z -T 300ms -i v1 sh -c '(trap "" TERM; sleep 300) & exec sleep 300'
child=$daemon
frames 1
# These take five seconds, so the results are checked at the end of this file.
log=$work/log

while read -r about script; do
	start -T 300ms -o drop -i v1 sh -c "$script"
	frames 1
	until_true 5 grep -q ': exit ' "$log"
	took "$about" 300 'signal 15 \(Terminated\)'
	stop
done <<'END'
hanging exec sleep 300
grandchildren (sleep 300 & sleep 300) & wait
stopped kill -STOP $$; exec sleep 300
END

# Commands that end badly.

# shellcheck disable=SC2016
start -o queue -i v1 sh -c 'kill -KILL $$'
frames 3
until_true 5 stats_reach failures 3
is "$runs, $failures, $last" "3, 3, signal 9 (Killed)" \
    "killed by a signal: statistics"
stop

start -o queue -i v1 sh -c 'echo said; exec >&- 2>&-'
frames 3
until_true 5 grep -q ': exit ' "$log"
until_true 5 stats_reach runs 3
stop
is "$(grep -c said "$work/out"), $failures" "3, 0" \
    "stdout closed by the command: the next run has stdout"

# A pipe whose reader does not read.

total_is() {
	[ "$(tail -n 1 "$told")" = "$1" ]
}

about="a full pipe"
mkfifo "$work/fifo"
exec 9<>"$work/fifo"
: >"$told"
# shellcheck disable=SC2016
launch ">$work/fifo 2>&1" -T 200ms \
    sh -c 'echo "$BPFSTATSD_TOTAL" >>"$0"; exec yes' "$told"
for total in 5 10 15; do
	frames 5
	holds "$about: $total packets are counted" \
	    until_true 5 total_is "$total"
	kill -USR1 "$daemon"
done
kill -TERM "$daemon"
holds "$about: SIGTERM ends the daemon" ended "$daemon" 2
is "$status" 0 "$about: exit"
daemon=
exec 9>&-

# Standard descriptors that are closed or useless.

for redirections in '<&-' '>&-' '2>&-' '>&- 2>&-' '<&- >&- 2>&-' \
    '>/dev/full 2>&1'; do
	about="started with $redirections"
	rm -f "$found"
	launch "2>$log $redirections" $bin/inspect "$found"
	frames 1
	holds "$about: the command runs" until_true 5 [ -e "$found" ]
	is "$(sed -n 's/^fd: \([0-9]*\) .*/\1/p' "$found" | sort | tr '\n' ' ')" \
	    "0 1 2 " "$about: descriptors of the command"
	is "$(grep '^fd: 0 ' "$found")" "fd: 0 /dev/null" "$about: stdin"
	is "$(grep -c '^fd:.*\(socket\|anon\)' "$found")" 0 \
	    "$about: nothing of the daemon's"
	kill -TERM "$daemon"
	holds "$about: SIGTERM ends the daemon" ended "$daemon" 2
	is "$status" 0 "$about: exit"
	daemon=
done

# Parents that leave descriptors or signal settings.

for WRAP in "$bin/bad_parent -d 19900" "$bin/bad_parent -b" "$bin/bad_parent -i" \
    "$bin/bad_parent -b -i"; do
	about="a parent that did ${WRAP#*parent }"
	rm -f "$found"
	start -i v1 $bin/inspect "$found"
	frames 1
	holds "$about: the command runs" until_true 5 [ -e "$found" ]
	is "$(sed -n 's/^fd: \([0-9]*\) .*/\1/p' "$found" | sort | tr '\n' ' ')" \
	    "0 1 2 " "$about: descriptors of the command"
	# The C library uses 32 and 33; some parents ignore these.
	is "$(grep -Ec '^Sig(Blk|Ign): 0*(18)?0*$' "$found")" 2 \
	    "$about: signals of the command"
	holds "$about: the end of the run is logged" \
	    until_true 5 grep -q ': exit 0 after' "$log"
	holds "$about: statistics are available" stats
	stop
	is "$status" 0 "$about: exit on SIGTERM"
done

WRAP="nohup"
start -i v1 true
kill -HUP "$daemon"
holds "an ignored SIGHUP stays ignored" stats
stop
WRAP=
start -i v1 true
kill -HUP "$daemon"
holds "SIGHUP ends a daemon without a rules file" ended "$daemon" 2
is "$status" 0 "SIGHUP: exit"
daemon=

# A storm of signals.

start -o queue -i v1 true
frames 200
i=0
while [ "$i" -lt 2000 ]; do
	i=$((i + 1))
	kill -USR1 "$daemon"
	kill -CHLD "$daemon"
done
until_true 10 stats_reach runs 200
is "$packets $events $runs $failures" "200 200 200 0" "a storm of signals"
stop
is "$status" 0 "a storm of signals: exit"

# A command that cannot start for a while.

command=$work/open/command
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "$BPFSTATSD_EVENTS" >>%s\n' "$told" >"$command"
chmod 755 "$command"

# limit options ...: runs prlimit as the process's user, because root in a
# container may not be allowed to.
limit() {
	setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups \
	    prlimit --pid "$daemon" "$@"
}

break_it() {
	case $1 in
	removed) mv "$command" "$command.away" ;;
	forbidden) chmod 0 "$command" ;;
	processes)
		processes=$(limit --nproc -o SOFT --noheadings --raw)
		limit --nproc=1:
		;;
	esac
}

mend_it() {
	case $1 in
	removed) mv "$command.away" "$command" ;;
	forbidden) chmod 755 "$command" ;;
	processes) limit "--nproc=$processes:" ;;
	esac
}

# sums: prints the events that runs stood for, and the number of runs.
sums() {
	awk '{ n += $1 } END { print n + 0, NR }' "$told"
}

sums_are() {
	[ "$(sums)" = "$1" ]
}

# unstartable cause policy seconds sums error: the command cannot start, then
# can; only the daemon's own timer makes it try again.
unstartable() {
	about="$1, -o $2"
	: >"$told" && chmod 666 "$told"
	start -o "$2" -i v1 -u nobody "$command"
	break_it "$1"
	frames 20
	until_true 5 grep -q ': cannot start: ' "$log"
	sleep "$3"
	is "$(sums)" "0 0" "$about: no run"
	mend_it "$1"
	until_true 10 sums_are "$4"
	is "$(sums)" "$4" "$about: events and runs afterwards"
	is "$(grep -c "cannot start: $5.*; trying again" "$log")" 1 \
	    "$about: the failure is logged once"
	holds "$about: the recovery is logged" \
	    until_true 10 grep -q "$command: started again" "$log"
	stats
	stop
	is "$status" 0 "$about: exit"
}

for policy in once queue; do
	runs_wanted=20
	[ "$policy" = queue ] || runs_wanted=1
	unstartable removed $policy 0.1 "20 $runs_wanted" 'No such file'
	unstartable forbidden $policy 0.1 "20 $runs_wanted" 'Permission denied'
	unstartable processes $policy 0.1 "20 $runs_wanted" 'Resource temp'
done
# The delay is 10 ms and doubles, up to a second.
unstartable removed once 2.5 "20 1" 'No such file'
holds "$failures starts failed in 2.5 s, at least 6" [ "$failures" -ge 6 ]
holds "$failures starts failed in 2.5 s, at most 11" [ "$failures" -le 11 ]

# The commands from above, killed by SIGKILL five seconds after SIGTERM.

daemon=$deaf log=$work/deaf
holds "deaf: the daemon ends" ended "$daemon" 10
is "$status" 137 "deaf: exit of the daemon"
took deaf 5300 'signal 9 \(Killed\)'
daemon=$child log=$work/child
holds "a deaf grandchild: the daemon ends" ended "$daemon" 10
is "$status" 143 "a deaf grandchild: exit of the daemon"
took "a deaf grandchild" 5300 'signal 15 \(Terminated\)'
daemon=

log=$work/log

# A script that is empty for a moment, as when an editor saves the file.

empty=$work/open/empty
: >"$empty" && chmod 755 "$empty"
cat >"$work/rules" <<RULES
rule saved on v1 { every 5 packets run "$empty" }
rule other on v1 { every 5 packets run true }
RULES
start -f "$work/rules"
frames 5
until_true 5 grep -q 'saved: .*cannot start: ' "$log"
like "$(cat "$log")" "saved: $empty: cannot start: Exec format.*; trying again" \
    "an empty script, in a file: the message"
until_true 5 grep -q 'other: .* exit 0 after' "$log"
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "$BPFSTATSD_EVENTS" >>%s\n' "$told" >"$empty.new"
: >"$told"
chmod 755 "$empty.new"
mv "$empty.new" "$empty"
holds "an empty script, in a file: the complete script runs" \
    until_true 5 sums_are "1 1"
stop
is "$status" 0 "an empty script, in a file: exit"

: >"$told"
start -c 5 -i v1 "$empty"
frames 5
until_true 5 sums_are "1 1"
mv "$empty" "$empty.away"
: >"$empty" && chmod 755 "$empty"
frames 5
holds "an empty script, later: the message" \
    until_true 5 grep -q 'cannot start: Exec format.*; trying again' "$log"
mv "$empty.away" "$empty"
holds "an empty script, later: the restored script runs" \
    until_true 5 sums_are "2 2"
stop
is "$status" 0 "an empty script, later: exit"

: >"$empty"
start -c 5 -i v1 "$empty"
frames 5
holds "an empty script, at the first start: the daemon ends" ended "$daemon" 5
is "$status" 1 "an empty script, at the first start: exit"
daemon=

# A command that hangs in execve(2): a lease on its file, whose holder does not
# release it, blocks execve as a hung file system does.

hung=$work/open/hung
cp $bin/do_nothing "$hung"
holder=
hold_file() {
	rm -f "$work/held"
	python3 - "$hung" "$work/held" <<-'PYTHON' &
		import fcntl, os, signal, sys, time
		signal.signal(signal.SIGIO, signal.SIG_IGN)
		fd = os.open(sys.argv[1], os.O_RDONLY)
		fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
		open(sys.argv[2], "w").close()
		time.sleep(600)
	PYTHON
	holder=$!
	until_true 5 [ -e "$work/held" ]
}
release_file() {
	kill "$holder"
	wait "$holder" 2>/dev/null
}
hangs_in_exec() {
	for child in $(children "$daemon"); do
		[ "$(cat "/proc/$child/wchan")" != "__break_lease" ] || return 0
	done
	return 1
}

cat >"$work/rules" <<RULES
rule hung on v1 { every 1000 packets run "$hung" }
rule short on v1 { every 1500 packets run "$hung" timeout 1s }
rule other on v1 { every 10 packets run true busy queue }
RULES
start -f "$work/rules"
hold_file
frames 1000
holds "a hung exec: other rules are not delayed" \
    until_true 10 lines_reach 'other: .* exit 0 after' 100
holds "a hung exec: the command hangs in execve" until_true 5 hangs_in_exec
is "$(lines 'hung: .* exit ')" 0 "a hung exec: its run has not ended"
holds "a hung exec: statistics are available" stats
frames 500
holds "a hung exec: a timeout ends the run" \
    until_true 10 grep -q 'short: .* exit signal 15' "$log"
holds "a hung exec: the run without a timeout still hangs" \
    until_true 5 hangs_in_exec
release_file
holds "a hung exec: the released command runs" \
    until_true 10 grep -q 'hung: .* exit 0 after' "$log"
hold_file
frames 500
until_true 5 hangs_in_exec
kill -TERM "$daemon"
holds "a hung exec: SIGTERM ends the daemon and the runs" ended "$daemon" 4
is "$status" 0 "a hung exec: exit"
daemon=
release_file

# The hung execve fails in the end: a failed start; no event is lost.
mv "$hung" "$hung.away"
: >"$hung" && chmod 755 "$hung"
start -c 5 -i v1 "$hung"
hold_file
frames 5
holds "a hung exec that fails: the command hangs in execve" \
    until_true 5 hangs_in_exec
# Until then the run is a first start, whose failure would end the daemon.
holds "a hung exec that fails: the run is logged as started" \
    until_true 5 grep -q ' started: events 1' "$log"
is "$(lines 'cannot start: ')" 0 \
    "a hung exec that fails: no failure is logged yet"
release_file
holds "a hung exec that fails: the failure is logged" \
    until_true 10 grep -q 'cannot start: Exec format.*; trying again' "$log"
mv "$hung.away" "$hung"
holds "a hung exec that fails: the repaired command runs" \
    until_true 10 grep -q 'exit 0 after .* events 1, packets 5, total 5' "$log"
stop
is "$status" 0 "a hung exec that fails: exit"
done_testing
