#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# What a service manager hears: readiness, the end, and signs of life, that
# come from the watcher.
. tests/lib/live.sh
own_network "$@"

said=$work/said
manager=''

end_all() {
	[ -z "$manager" ] || kill "$manager" 2>/dev/null
	clean_up
}
trap end_all EXIT

# listens socket: a manager that has nothing heard yet.
listens() {
	$bin/service_manager "$1" >"$said" &
	manager=$!
	until_true 5 grep -q "$1\$" /proc/net/unix
}

deaf() {
	kill "$manager"
	wait "$manager" 2>/dev/null
	manager=''
}

heard() {
	grep -q "^$1\$" "$said"
}

# alive number: so many signs of life came, until now.
alive() {
	[ "$(grep -c '^WATCHDOG=1$' "$said")" -ge "$1" ]
}

# sockets pid: those that it has open.
sockets() {
	find "/proc/$1/fd" -lname 'socket:*' -exec readlink {} +
}

for socket in "$work/notify" "@bpfstatsd-notify-$$"; do
	listens "$socket"
	WRAP="env NOTIFY_SOCKET=$socket"
	start -i v1 sh -c "env >$work/env.tmp; mv $work/env.tmp $work/env"
	holds "$socket: it is ready" until_true 5 heard READY=1
	$bin/flood v0 1 >/dev/null
	holds "$socket: a command runs" until_true 5 test -e "$work/env"
	is "$(grep -E '^(NOTIFY|WATCHDOG)' "$work/env")" '' \
	    "$socket: it knows nothing of that"
	is "$(sockets "$watcher" | grep -cFx "$(sockets "$daemon")")" 0 \
	    "$socket: nor does the watcher"
	stop
	is "$status $(tr '\n' ' ' <"$said")" '0 READY=1 STOPPING=1 ' \
	    "$socket: it stops"
	deaf
	rm -f "$work/env"
done

# Twice as often as the manager wants it.
socket=$work/watchdog
listens "$socket"
# shellcheck disable=SC2016
echo 'WATCHDOG_PID=$$ exec "$@"' >"$work/own"
WRAP="env NOTIFY_SOCKET=$socket WATCHDOG_USEC=200000 sh $work/own"
start -i v0 true
holds 'watchdog: signs of life' until_true 5 alive 10
kill -STOP "$watcher"
# What was on its way has come when nothing has for a long time.
silent() {
	before=$(wc -l <"$said")
	sleep 1
	[ "$(wc -l <"$said")" -eq "$before" ]
}
holds 'watchdog: none of a watcher that hangs' until_true 5 silent
seen=$(grep -c WATCHDOG "$said")
kill -CONT "$watcher"
holds 'watchdog: again when it goes on' until_true 5 alive $((seen + 5))
stats
is "$packets" 0 'watchdog: there were no packets'
stop
is "$status $(grep -v WATCHDOG "$said" | tr '\n' ' ')" \
    '0 READY=1 STOPPING=1 ' 'watchdog: nothing else was said'
is "$(tail -n 1 "$said")" STOPPING=1 'watchdog: its last word'
deaf

# Rules that are read again.
echo 'rule "one" on v1 { every 1 packet run true }' >"$work/rules"
listens "$work/reload"
WRAP="env NOTIFY_SOCKET=$work/reload WATCHDOG_USEC=200000"
start -f "$work/rules"
until_true 5 heard READY=1
# again number: so many times it was ready.
again() {
	[ "$(grep -cx READY=1 "$said")" -eq "$1" ]
}
echo 'rule "two" on v1 { every 1 packet run true }' >>"$work/rules"
kill -HUP "$daemon"
holds 'reload: it is ready again' until_true 10 again 2
echo nonsense >>"$work/rules"
kill -HUP "$daemon"
holds 'reload: and after one that is refused' until_true 10 again 3
like "$(grep -v WATCHDOG "$said" | sed -E 's/=[0-9]{2,}$/=T/' | tr '\n' ' ')" \
    '^READY=1 (RELOADING=1 MONOTONIC_USEC=T READY=1 ){2}$' \
    'reload: it is told when that begins'
seen=$(grep -c WATCHDOG "$said")
holds 'reload: signs of life from the new watcher' \
    until_true 5 alive $((seen + 5))
stop
is "$status $(tail -n 1 "$said")" '0 STOPPING=1' 'reload: it stops'
deaf

# A manager that went away does not take the daemon with it.
listens "$work/gone"
WRAP="env NOTIFY_SOCKET=$work/gone"
start -i v0 true
until_true 5 heard READY=1
deaf
stop
is "$status" 0 'no manager any more: it ends as ever'
like "$(cat "$log")" 'service manager: STOPPING=1: ' 'and says so'

WRAP="env NOTIFY_SOCKET=$work/nothing"
start -i v0 true
like "$(cat "$log")" "NOTIFY_SOCKET: $work/nothing: Connection refused|No such" \
    'no manager: it says so, and counts'
stop
is "$status" 0 'no manager: it ends as ever'
done_testing
