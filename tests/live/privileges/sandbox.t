#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A compromised watcher cannot do anything but its work: each system call
# outside the list kills it, the runner logs that and ends, and no process is
# left. Without the system call filter the other layers hold.
. tests/lib/live.sh
own_network "$@"

evil=$PWD/$bin/evil_watcher.so
mark=$work/mark
# A preload comes before the sanitizer's runtime; harmless here.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}:verify_asan_link_order=0"
: >"$work/victim"

# marked: prints the processes with the daemon's environment.
marked() {
	grep -ls "MARK=$mark" /proc/[0-9]*/environ
}

none_left() {
	[ -z "$(marked)" ]
}

# wicked name [variable ...]: starts a daemon whose watcher will make the
# attack, and whose command has a child.
wicked() {
	rm -f "$work/up"
	WRAP="env MARK=$mark LD_PRELOAD=$evil EVIL_FILE=$work/victim EVIL=$*"
	# shellcheck disable=SC2016
	start -c 5 -i v1 sh -c 'sleep 300 & : >"$1"; wait' sh "$work/up" &&
	    $bin/flood v0 5 >/dev/null &&
	    until_true 5 [ -e "$work/up" ]
}

# ends what pattern [seconds]: the watcher attacks; within a second every
# process has ended.
ends() {
	kill -USR1 "$daemon"
	if ! ended "$daemon" "${3:-1}"; then
		not_ok "$1: the runner ends" "$(cat "$log")"
		kill -KILL "$daemon"
		wait "$daemon"
	elif [ "$status" -ne 1 ] || ! grep -q "$2" "$log"; then
		not_ok "$1: the runner logs why it ends" "exit $status" \
		    "wanted: 1 and $2" "$(cat "$log")"
	elif ! none_left; then
		not_ok "$1: no process is left" "$(marked)"
	else
		ok "$1: watcher killed, runner ended, no process left"
	fi
	daemon=
	kill_marked
}

kill_marked() {
	for process in $(marked); do
		process=${process#/proc/}
		kill -KILL "${process%/environ}"
	done
}

received() {
	cat /sys/class/net/v0/statistics/rx_packets
}

# Privileges and descriptors of the processes.

start -c 5 -i v1 true

# has process field wanted: the field of the process's status is as wanted.
has() {
	got=$(sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr -s '\t ' ' ')
	is "${got% }" "$3" "$what: $2"
}

# has_no process set ...: the process's sets of capabilities are empty.
has_no() {
	owner=$1
	shift
	for set; do
		has "$owner" "$set" 0000000000000000
	done
}

# descriptors process: prints the kinds of descriptors above stderr.
descriptors() {
	for fd in /proc/"$1"/fd/*; do
		[ "${fd##*/}" -le 2 ] || readlink "$fd"
	done | sed 's/:\[[0-9]*\]$//' | LC_ALL=C sort -u | tr '\n' ' '
}

# all_sockets process: prints the inodes of its sockets.
all_sockets() {
	for fd in /proc/"$1"/fd/*; do
		readlink "$fd" | sed -n 's/^socket:\[\([0-9]*\)\]$/\1/p'
	done
}

# sockets process: prints its numbers of sockets, of packet sockets and of Unix
# sockets.
sockets() {
	all_sockets "$1" >"$work/sockets"
	echo "$(wc -l <"$work/sockets")," \
	    "$(grep -cwFf "$work/sockets" /proc/net/packet)," \
	    "$(grep -cwFf "$work/sockets" /proc/net/unix)"
}

user=$(id -u _bpfstatsd 2>/dev/null) || user=$(id -u nobody)
group=$(id -g "$user")
what=watcher
has "$watcher" Uid "$user $user $user $user"
has "$watcher" Gid "$group $group $group $group"
has "$watcher" Groups "$group"
has "$watcher" NoNewPrivs 1
has "$watcher" Seccomp 2
has_no "$watcher" CapInh CapPrm CapEff CapAmb
is "$(descriptors "$watcher")" \
    "anon_inode:[eventpoll] anon_inode:bpf-map socket " \
    "watcher: descriptors"
is "$(sockets "$watcher")" "4, 1, 2" "watcher: packet, order and link sockets"
is "$(bound)" 1 "watcher: a packet socket is bound"

what=runner
has "$daemon" NoNewPrivs 0
for set in CapPrm CapEff; do
	has "$daemon" "$set" 0000000000000020
done
has_no "$daemon" CapInh CapAmb
is "$(descriptors "$daemon")" "/dev/null socket " "runner: descriptors"
is "$(sockets "$daemon")" "2, 0, 2" "runner: packet and order sockets"
is "$(grep -c bpf-map "/proc/$daemon/maps")" 0 "runner: no BPF map"
stop

# With no_new_privs the runner stays permitted what the commands need.
WRAP="setpriv --no-new-privs"
start -c 5 -i v1 true
what="runner under no_new_privs"
has "$daemon" CapPrm "$(sed -n 's/^CapPrm:[[:space:]]*//p' /proc/self/status)"
has "$daemon" CapEff 0000000000000020
has_no "$daemon" CapInh CapAmb
what="watcher under no_new_privs"
has_no "$watcher" CapInh CapPrm CapEff CapAmb
stop
start -u nobody -c 5 -i v1 true
what="runner under no_new_privs, -u nobody"
has_no "$daemon" CapInh CapPrm CapEff CapAmb
stop
WRAP=

# With a filter: one socket per link type.
start -c 5 -i v1 -e 'ip or ip6' true
is "$(sockets "$watcher")" "6, 3, 2" "watcher with a filter: sockets"
is "$(bound)" 1 "watcher with a filter: one packet socket is bound"
is "$(sockets "$daemon")" "2, 0, 2" "runner with a filter: order sockets"
stop

start -u nobody -c 5 -i v1 true
what="runner, -u nobody"
has_no "$daemon" CapInh CapPrm CapEff CapAmb
stop

# Watcher, control process and opener have no controlling terminal.

# terminal process descriptors: the process leads its own session, and the
# descriptors are /dev/null.
terminal() {
	is "$(sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 4)" "$1" \
	    "$what: leads its own session"
	for fd in $2; do
		is "$(readlink "/proc/$1/fd/$fd")" /dev/null \
		    "$what: descriptor $fd"
	done
}

# rules number: writes the given number of rules, each with another filter.
rules() {
	for port in $(seq "$1"); do
		echo "rule \"r$port\" on v1 filter \"udp dst port $port or arp\" {" \
		    'every 5 packets run "/bin/true" }'
	done >"$work/conf"
}

start -c 5 -i v1 -s "$work/sock" true
for process in $(children "$daemon"); do
	what=$(cat "/proc/$process/comm")
	terminal "$process" "0 1 2"
done
stop
rules 2
start -f "$work/conf"
what=opener
terminal "$watcher" "0 1"
what="watcher of an opener"
terminal "$(children "$watcher" | tr -d ' ')" "0 1 2"
stop

# Attacks by system calls outside the list.

killed='watcher: ended, exit signal 31 .*: forbidden system call'
before=$(received)
for name in open proc create unlink socket packet connect send_packet sendmsg \
    setsockopt getsockopt getsockname bind bind_high recv_stdin recvmsg read write ioctl tiocsti \
    fcntl fcntl_flags close dup execve fork \
    unshare kill ptrace peek mmap mprotect prctl setuid bpf io_uring tcp; do
	wicked "$name"
	ends "$name" "$killed"
done
if [ "$(uname -m)" = x86_64 ]; then
	wicked abi_x32
	ends abi_x32 "$killed"
	# A kernel without 32-bit emulation reports an illegal instruction.
	wicked abi_32
	ends abi_32 'watcher: ended, exit signal \(31\|11\) '
fi

# many name: starts a daemon with the rules of $work/conf for the attack.
many() {
	WRAP="env MARK=$mark LD_PRELOAD=$evil EVIL_FILE=$work/victim EVIL=$1"
	start -f "$work/conf"
}

# With an opener the watcher may also receive and close sources, and allocate.
rules 2
for name in recvmsg sendmsg close bind bind_high fcntl fcntl_flags mmap mprotect \
    open connect socket; do
	many $name
	ends "opener: $name" "$killed" 5
done

# For any number of sources, the list restricts each call by descriptor and
# arguments.
for n in 1 8 9 100; do
	rules $n
	for name in tiocsti ioctl getsockopt getsockname bind recv_stdin dup \
	    setsockopt; do
		many $name
		ends "$n sources: $name" "$killed" 5
	done
done
is "$(received)" "$before" "no packet was sent"
holds "no file was removed" [ -e "$work/victim" ]

# Forged orders.

for name in type trigger zero count total twice; do
	wicked "order_$name"
	ends "order_$name" 'watcher: invalid message [0-9]*; exiting'
done
wicked order_short
ends order_short 'watcher: receive: Bad message'
wicked order_empty
ends order_empty 'watcher: '

# Orders that cause log messages.

# busy: the watcher has used 50 ms of CPU time.
busy() {
	[ "$(awk '{ print $14 + $15 }' "/proc/$watcher/stat")" -gt 5 ]
}

wicked gone
kill -USR1 "$daemon"
until_true 2 busy
# heard: the runner has used 500 ms of CPU time.
heard() {
	[ "$(awk '{ print $14 + $15 }' "/proc/$daemon/stat")" -gt 50 ]
}
before_uptime=$(sed 's/\..*//' /proc/uptime)
holds "gone and back: the runner receives the flood" until_true 20 heard
since=$(($(sed 's/\..*//' /proc/uptime) - before_uptime))
count=$(grep -c ': the interface is ' "$log")
if [ "$count" -gt 0 ] && [ "$count" -le $((since * 200 + 1300)) ]; then
	ok "gone and back: $count lines in $since seconds"
else
	not_ok "gone and back: $count lines in $since seconds"
fi
like "$(cat "$log")" 'the interface is .*; [0-9]+ more changes before' \
    "gone and back: the log counts the suppressed messages"
kill -TERM "$daemon"
holds "gone and back: the runner ends" ended "$daemon" 3
daemon=
kill_marked

# A watcher that does not end by itself.

for name in hang chatter; do
	wicked "$name"
	kill -USR1 "$daemon"
	until_true 2 busy
	kill -TERM "$daemon"
	if ended "$daemon" 3; then
		ok "$name: the runner ends on SIGTERM, exit $status"
	else
		not_ok "$name: the runner ends on SIGTERM" "$(cat "$log")"
		kill -KILL "$daemon"
		wait "$daemon"
	fi
	daemon=
	holds "$name: no process is left" until_true 1 none_left
	kill_marked
done

# A watcher that ends before the runner waits for it.

WRAP="env LD_PRELOAD=$evil EVIL=early"
for parent in "" "$bin/bad_parent -i"; do
	# shellcheck disable=SC2086
	$parent $WRAP "$BPFSTATSD" -i v1 true 2>"$log" &
	daemon=$!
	holds "early${parent:+, SIGCHLD ignored}: the runner ends" \
	    ended "$daemon" 1
	is "$status" 1 "early: exit"
	like "$(cat "$log")" 'setgroups: Operation not permitted' \
	    "early: the message names the reason"
	is "$(grep -c leaving "$log")" 0 "early: no process is left behind"
	daemon=
done

# The other layers, without the system call filter; the exit status is an errno.

bare() {
	wicked "$1 EVIL_BARE=1"
	ends "without the filter: $1" "watcher: ended, exit $2\$"
}

for name in packet bpf setuid ptrace kill; do
	bare "$name" 1
done
mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
if grep -qs landlock /sys/kernel/security/lsm; then
	for name in open execve unlink; do
		bare "$name" 13
	done
else
	echo "# This kernel has no Landlock, or hides it."
fi
done_testing
