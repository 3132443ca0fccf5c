#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# SIGTERM and SIGINT end the daemon, also with commands that do not end readily.
. tests/lib/live.sh
own_network "$@"

up=$work/up

is_up() {
	[ -s "$up" ]
}

# one arguments ...: starts the daemon and one run, and waits until the command
# is ready.
one() {
	rm -f "$up"
	start -i v1 "$@" || return
	$bin/flood v0 1 >/dev/null
	until_true 5 is_up
}

# shellcheck disable=SC2016
for signal in TERM INT HUP; do
	one sh -c 'trap "sleep 2; echo cleaned >$1; exit 3" TERM
	    echo $$ >"$1"; sleep 30 & wait' sh "$up"
	kill -$signal "$daemon"
	ended "$daemon" 10
	is "$(cat "$up")" cleaned "SIG$signal: a command has time to clean up"
	is "$status" 0 "SIG$signal: exit"
	like "$(cat "$log")" 'exit 3 after' \
	    "SIG$signal: the exit of the command is logged"
	daemon=
done

# Statistics are available until the end.
# shellcheck disable=SC2016
one sh -c 'trap "sleep 2; exit 3" TERM; echo $$ >"$1"; sleep 30 & wait' \
    sh "$up"
kill -TERM "$daemon"
until_true 5 grep -q 'signal 15: exiting' "$log"
holds "SIGUSR1 while a command cleans up: statistics" stats
is "$packets $events $runs" "1 1 1" \
    "SIGUSR1 while a command cleans up: the numbers"
$bin/flood v0 3 >/dev/null
kill -KILL "$watcher"
ended "$daemon" 10
is "$status $(lines ' started: ')" "0 1" "SIGTERM: no further run starts"
like "$(cat "$log")" 'exit 3 after' \
    "SIGTERM: the command has its full time to clean up"
daemon=
start -i v1 true
kill -STOP "$daemon"
kill -TERM "$daemon"
kill -USR1 "$daemon"
kill -CONT "$daemon"
ended "$daemon" 10
daemon=
is "$status $(lines ': packets 0, ')" "0 1" \
    "SIGUSR1 together with SIGTERM: exit, and statistics"

# A command outside its process group, which the runner's signal to the group
# does not reach.
# shellcheck disable=SC2016
leaver='setpgrp(0, getpgrp(getppid)); open(F, ">", $ARGV[0]); print F $$;
    close F; sleep 30'
one -T 300ms perl -e "$leaver" "$up"
until_true 5 grep -q 'exit signal 15' "$log"
like "$(cat "$log")" 'exit signal 15' "-T ends a command outside its group"
stop
is "$status" 0 "-T: exit"
one perl -e "$leaver" "$up"
stop
is "$status" 0 "SIGTERM: a command outside its group: exit 0"
holds "SIGTERM: a command outside its group has ended" \
    not_running "$(cat "$up")"

# A trigger with another signal.
cat >"$work/rules" <<EOF
rule "s" on v1 { every 1 packet run sh "$work/trap" "$up" timeout 1h signal USR1 }
EOF
cat >"$work/trap" <<'EOF'
trap 'echo TERM >"$1"; exit 1' TERM
trap 'echo USR1 >"$1"; exit 0' USR1
echo $$ >"$1"
sleep 30 &
wait
EOF
runs_rule() {
	rm -f "$up"
	start -f "$work/rules"
	$bin/flood v0 1 >/dev/null
	until_true 5 is_up
}
runs_rule
stop
is "$status $(cat "$up") $(lines 'exit 0 after')" "0 USR1 1" \
    "signal USR1: the end of the daemon"
runs_rule
sed -i 's/1h/100ms/' "$work/rules"
kill -HUP "$daemon"
until_true 5 grep -q 'exit 0 after' "$log"
is "$(cat "$up")" USR1 "signal USR1: a reload that changes the rule"
rm -f "$up"
$bin/flood v0 1 >/dev/null
holds "signal USR1: a timeout" until_true 5 grep -qsx USR1 "$up"
stop

# A log file at the file size limit does not end the daemon.
(
	ulimit -f 0
	trap '' XFSZ
	exec "$BPFSTATSD" -v -i v1 true 2>"$log"
) &
daemon=$!
until_true 5 tapped
$bin/flood v0 100 >/dev/null
stop
is "$status" 0 "a log that cannot grow: exit 0"

# A command that can never start.
echo true >"$work/script"
chmod 755 "$work/script"
start -i v1 "$work/script"
$bin/flood v0 1 >/dev/null
ended "$daemon" 5
daemon=
is "$status" 1 "a script without #!: exit"
like "$(cat "$log")" 'script: cannot start: Exec format error' \
    "a script without #!: the message"
done_testing
