#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A set-user-ID root copy with a rules file, a statistics socket, syslog and a
# service manager: the daemon opens, creates and contacts each with the rights
# of the user who started it only.
. tests/lib/live.sh
own_network "$@"

. tests/lib/setuid.sh

none=0000000000000000

# is_users about process: the process has the user's rights only.
is_users() {
	is "$(field "$2" Uid) $(field "$2" Gid) $(field "$2" Groups)" \
	    "$user $user $user $user $group $group $group $group 4242 4343" \
	    "$1: users and groups"
	is "$(field "$2" CapInh) $(field "$2" CapPrm) $(field "$2" CapEff)" \
	    "$none $none $none" "$1: capabilities"
	is "$(by_user "$suid/setuid_caller" peek "$2")" "" \
	    "$1: the user cannot inspect the process"
}

# Rules.

rules=$open/rules
echo 'rule "one" on { v1 v0 } filter "not arp" { every packet run true }' \
    >"$rules"
cp "$rules" "$open/secret"
echo "include \"$open/secret\"" >"$open/includes"
chmod 600 "$open/secret"
refused "-f: a file the user cannot read" 2 "^bpfstatsd: $open/secret: Permission den" \
    "$BPFSTATSD" -f "$open/secret"
refused "-f: an include the user cannot read" 2 "includes:1: .*: Permission denied" \
    "$BPFSTATSD" -f "$open/includes"
refused "-f: with -n a file the user cannot read" 2 "^bpfstatsd: $open/secret: Permission denied" \
    "$BPFSTATSD" -nv -f "$open/secret"
{ echo 'user root' && cat "$rules"; } >"$open/user"
refused "-f: user root" 1 "^bpfstatsd: $open/user: root: only root can run commands" \
    "$BPFSTATSD" -f "$open/user"
start -f "$rules"
is "$(lines ': counting')" 2 "-f: two sources count"
is "$(children "$daemon" | wc -w)" 1 \
    "-f: no process keeps privileges for a reload"
is_users "-f: runner" "$daemon"
is_users "-f: watcher" "$watcher"
echo 'rule "two" on v1 { every packet run true }' >"$rules"
by_user kill -HUP "$daemon"
holds "SIGHUP: the log asks for a restart" until_true 5 \
    grep -q '^bpfstatsd: reload: not available (.*); restart bpfstatsd$' "$log"
$bin/flood v0 3 >/dev/null
holds "SIGHUP: counting continues" \
    until_true 5 grep -q '^bpfstatsd: one: .*exit 0' "$log"
stop
is "$status" 0 "-f: exit 0"

# Statistics socket.

sock=$open/here/sock
start -s "$sock" -i v1 true
is "$(stat -c '%F %a %U %G' "$sock")" "socket 600 $name $name" \
    "-s: type, mode and owner of the socket"
control=
for process in $(children "$daemon"); do
	[ "$(cat "/proc/$process/comm")" != bpfstatsd-ctrl ] || control=$process
done
is_users "-s: control process" "$control"
is "$(field "$control" NoNewPrivs) $(field "$control" Seccomp)" "1 2" \
    "-s: the control process is confined"
is "$(find "/proc/$control/fd" -type l | wc -l)" 6 \
    "-s: the control process has six descriptors"
is "$(readlink "/proc/$control"/fd/* | grep -c -e bpf -e packet)" 0 \
    "-s: the control process has no packet socket or map"
by_user kill -KILL "$control"
holds "-s: the user can end the control process" until_true 5 \
    grep -q 'no more statistics: control process ended' "$log"
$bin/flood v0 1 >/dev/null
holds "-s: counting continues without the control process" \
    until_true 5 grep -q ' exit 0 ' "$log"
stop
is "$status $(ls "$open/here")" "0 " "-s: the socket is removed at the end"

# The daemon cannot create or remove a file that the user could not.
mkdir -m 755 "$open/closed"
perl -MIO::Socket::UNIX -e '
	IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die "$!"' \
    "$open/closed/dead"
chmod 777 "$open/closed/dead"
ln -s "$open/closed/new" "$open/here/link"
ln -s "$open/closed" "$open/here/dir"
refused "-s: a directory of root" 1 "^bpfstatsd: $open/closed/s: Permission" \
    "$BPFSTATSD" -s "$open/closed/s" -i v1 true
refused "-s: by a link to it" 1 "^bpfstatsd: $open/here/dir/s: Permission" \
    "$BPFSTATSD" -s "$open/here/dir/s" -i v1 true
refused "-s: a link as the name" 1 'exists and is not a socket$' \
    "$BPFSTATSD" -s "$open/here/link" -i v1 true
refused "-s: a socket of root stays" 1 \
    "^bpfstatsd: $open/closed/dead: Permission denied" \
    "$BPFSTATSD" -s "$open/closed/dead" -i v1 true
is "$(ls "$open/closed")" dead "-s: root's directory is unchanged"
echo "socket \"$sock\" mode 0666 group root
rule one on v1 { every packet run true }" >"$rules"
refused "-s: a group without the user" 1 "^bpfstatsd: $sock: group root: Oper" \
    "$BPFSTATSD" -f "$rules"
holds "-s: no socket is left" [ ! -e "$sock" ]
rm "$open/here/link" "$open/here/dir"

# Syslog.

mkdir "$work/dev"
mount -t tmpfs -o mode=755 tmpfs "$work/dev"
for device in null urandom zero full; do
	cp -a "/dev/$device" "$work/dev"
done
mount --move "$work/dev" /dev
got=$work/got

# listens path mode: prints each sender and message.
listens() {
	perl -MSocket -e '
		use strict;
		socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die "$!";
		bind($s, sockaddr_un($ARGV[0])) or die "$!";
		chmod oct($ARGV[1]), $ARGV[0];
		# SO_PASSCRED: each message carries pid, uid and gid of the
		# sender.
		setsockopt($s, SOL_SOCKET, 16, 1) or die "$!";
		$| = 1;
		while (defined recv($s, my $text, 4096, 0)) { print "$text\n" }
		' "$1" "$2" >"$got" &
	listener=$!
	until_true 5 [ -S "$1" ]
}

deaf() {
	kill "$listener"
	wait "$listener" 2>/dev/null
}

has() {
	grep -q -- "$1" "$got"
}

listens /dev/log 666
# shellcheck disable=SC2086
$as_user "$BPFSTATSD" -v -l syslog -i v1 true >"$work/out" 2>"$log" &
daemon=$!
holds "-l syslog: the daemon counts" until_true 5 has 'v1: counting'
$bin/flood v0 1 >/dev/null
holds "-l syslog: a command runs" until_true 5 has ' exit 0 after'
stop
is "$status $(cat "$log")" "0 " "-l syslog: exit 0, no output on stderr"
deaf
rm /dev/log
listens /dev/log 600
# shellcheck disable=SC2086
$as_user "$BPFSTATSD" -v -l syslog -i v1 true >"$work/out" 2>"$log" &
daemon=$!
until_true 10 tapped
$bin/flood v0 1 >/dev/null
stop
is "$status $(cat "$got")" "0 " \
    "-l syslog: no message to a log that is closed to the user"
deaf

# System calls made with root's rights, with each option.

# with_rights argument ...: writes the calls of the first process to
# $work/raised.
with_rights() {
	rm -f "$work/trace"
	: >"$log"
	timeout -s TERM 5 strace -f -u $name -o "$work/trace" \
	    "$BPFSTATSD" -v "$@" >"$work/out" 2>"$log" &
	tracer=$!
	until_true 10 traced_enough
	kill "$tracer" 2>/dev/null
	wait "$tracer" 2>/dev/null
	first=$(sed -n '1s/ .*//p' "$work/trace")
	# Not those between, when it has given the rights back for a while.
	sed -n "s/^$first *//p" "$work/trace" | awk -v user="$user" '
	    /^setresuid\(-1, 0, -1\) *= 0$/ { raised = 1 }
	    raised { print }
	    /^setresuid.*= 0$/ && !/^setresuid\(-1, 0, -1\)/ { raised = 0 }
	    index($0, "setresuid(" user ", " user ", " user ")") == 1 { exit }
	    ' >"$work/raised"
	holds "with rights: $*: the daemon has root's rights for a time" \
	    grep -q "^setresuid($user, $user, $user)" "$work/raised"
	# The only peer is the kernel's nftables, by netlink.
	is "$(grep -E '^(open|creat|write|exec|connect|send|link|unlink|rename|ch|mk|mount|bind.*AF_UNIX)' \
	    "$work/raised" | grep -v '^sendto.*NFNL_SUBSYS_ULOG')" "" \
	    "with rights: $*: no file, program or message"
}

traced_enough() {
	grep -q ': counting' "$log" || not_running $tracer
}

echo 'rule "one" on { v1 v0 } filter "not arp" { every packet run true }' \
    >"$rules"
with_rights -f "$rules"
with_rights -i none true
with_rights -w -i none true
with_rights -s "$sock" -i v1 true
with_rights -i v1 -e 'tcp port' true
with_rights -i nflog:0 true
with_rights -l syslog -i none true

# A service manager in the user's environment variables.

rm -f /dev/log
listens "$open/manager" 777
WRAP="$as_user env NOTIFY_SOCKET=$open/manager WATCHDOG_USEC=1000"
start -i v1 true
$bin/flood v0 1 >/dev/null
until_true 5 grep -q ' exit 0 ' "$log"
stop
is "$status $(cat "$got")" "0 " "NOTIFY_SOCKET: no notification is sent"
WRAP="$as_user env NOTIFY_SOCKET=/nowhere WATCHDOG_USEC=1"
start -i v1 true
stop
is "$status $(lines NOTIFY)" "0 0" "NOTIFY_SOCKET: a wrong path is ignored"
deaf
WRAP=$as_user

# Signals at every moment.

for arguments in "-f $rules" "-s $sock -i v1 true" "-l syslog -i v1 true"; do
	# shellcheck disable=SC2086
	holds "signals at every moment: $arguments" torment $arguments
	holds "signals: no process is left" until_true 10 none_left
	rm -f "$sock" "$sock.keys"
done
is "$(ls "$open/here")" "" "signals: no core file"

# Resource limits.

# limited options of prlimit ...: the daemon counts, or ends with a message.
limited() {
	: >"$log"
	# shellcheck disable=SC2086
	$as_user prlimit "$@" "$BPFSTATSD" -v -s "$sock" -f "$rules" \
	    >"$log" 2>&1 &
	daemon=$!
	until_true 10 counts_or_ends
	kill -TERM "$daemon" 2>/dev/null
	ended "$daemon" 10 || return 1
	daemon=
	echo "# $*: exit $status: $(head -n 1 "$log")"
	[ "$status" -gt 128 ] || { [ -s "$log" ] && [ ! -e "$sock" ]; }
}

for limit in nofile=3 nofile=6 nofile=9 nofile=12 nofile=15 nofile=18 \
    nofile=36 nofile=38 \
    nproc=0 nproc=2 nproc=4 cpu=1 as=16000000; do
	holds "limit: $limit" limited "--${limit%%=*}=${limit#*=}:${limit#*=}"
	holds "limit: $limit: no process is left" until_true 5 none_left
done
done_testing
