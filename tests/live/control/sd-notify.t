#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Notifications to a service manager: readiness, stopping, and watchdog
# messages, which depend on the watcher.
. tests/lib/live.sh
own_network "$@"

said=$work/said
manager=''

end_all() {
	[ -z "$manager" ] || kill "$manager" 2>/dev/null
	clean_up
}
trap end_all EXIT

# listens socket: starts a manager that records notifications.
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

# alive number: the manager has received the given number of watchdog messages.
alive() {
	[ "$(grep -c '^WATCHDOG=1$' "$said")" -ge "$1" ]
}

# sockets pid: prints the sockets that the process has open.
sockets() {
	find "/proc/$1/fd" -lname 'socket:*' -exec readlink {} +
}

for socket in "$work/notify" "@bpfstatsd-notify-$$"; do
	listens "$socket"
	WRAP="env NOTIFY_SOCKET=$socket"
	start -i v1 sh -c "env >$work/env.tmp; mv $work/env.tmp $work/env"
	holds "$socket: the daemon is ready" until_true 5 heard READY=1
	$bin/flood v0 1 >/dev/null
	holds "$socket: a command runs" until_true 5 test -e "$work/env"
	is "$(grep -E '^(NOTIFY|WATCHDOG)' "$work/env")" '' \
	    "$socket: the command does not inherit the variables"
	is "$(sockets "$watcher" | grep -cFx "$(sockets "$daemon")")" 0 \
	    "$socket: the watcher has no socket of the manager"
	stop
	is "$status $(tr '\n' ' ' <"$said")" '0 READY=1 STOPPING=1 ' \
	    "$socket: stopping is notified"
	deaf
	rm -f "$work/env"
done

# Watchdog messages come twice as often as requested.
socket=$work/watchdog
listens "$socket"
# shellcheck disable=SC2016
echo 'WATCHDOG_PID=$$ exec "$@"' >"$work/own"
WRAP="env NOTIFY_SOCKET=$socket WATCHDOG_USEC=200000 sh $work/own"
start -i v0 true
holds 'watchdog: messages arrive' until_true 5 alive 10
kill -STOP "$watcher"
# Messages in transit have arrived when none came for a second.
silent() {
	before=$(wc -l <"$said")
	sleep 1
	[ "$(wc -l <"$said")" -eq "$before" ]
}
holds 'watchdog: no message while the watcher is stopped' until_true 5 silent
seen=$(grep -c WATCHDOG "$said")
kill -CONT "$watcher"
holds 'watchdog: messages resume with the watcher' \
    until_true 5 alive $((seen + 5))
stats
is "$packets" 0 'watchdog: no packet was counted'
stop
is "$status $(grep -v WATCHDOG "$said" | tr '\n' ' ')" \
    '0 READY=1 STOPPING=1 ' 'watchdog: no other message'
is "$(tail -n 1 "$said")" STOPPING=1 'watchdog: STOPPING is the last message'
deaf

# Reloads.
echo 'rule "one" on v1 { every 1 packet run true }' >"$work/rules"
listens "$work/reload"
WRAP="env NOTIFY_SOCKET=$work/reload WATCHDOG_USEC=200000"
start -f "$work/rules"
until_true 5 heard READY=1
# again number: the daemon has been ready the given number of times.
again() {
	[ "$(grep -cx READY=1 "$said")" -eq "$1" ]
}
echo 'rule "two" on v1 { every 1 packet run true }' >>"$work/rules"
kill -HUP "$daemon"
holds 'reload: the daemon is ready again' until_true 10 again 2
echo nonsense >>"$work/rules"
kill -HUP "$daemon"
holds 'reload: ready again after a refused reload' until_true 10 again 3
like "$(grep -v WATCHDOG "$said" | sed -E 's/=[0-9]{2,}$/=T/' | tr '\n' ' ')" \
    '^READY=1 (RELOADING=1 MONOTONIC_USEC=T READY=1 ){2}$' \
    'reload: the begin is notified'
seen=$(grep -c WATCHDOG "$said")
holds 'reload: watchdog messages depend on the watcher again' \
    until_true 5 alive $((seen + 5))
stop
is "$status $(tail -n 1 "$said")" '0 STOPPING=1' 'reload: stopping is notified'
deaf

# A manager that ends does not end the daemon.
listens "$work/gone"
WRAP="env NOTIFY_SOCKET=$work/gone"
start -i v0 true
until_true 5 heard READY=1
deaf
stop
is "$status" 0 'manager ended: exit 0'
like "$(cat "$log")" 'service manager: STOPPING=1: ' \
    'manager ended: the log names the failure'

WRAP="env NOTIFY_SOCKET=$work/nothing"
start -i v0 true
like "$(cat "$log")" "NOTIFY_SOCKET: $work/nothing: Connection refused|No such" \
    'no manager: the log names the failure'
stop
is "$status" 0 'no manager: exit 0'
done_testing
