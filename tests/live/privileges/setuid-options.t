#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A setuid root copy with rules, a socket for statistics, the system's log and a
# service manager: each of them is opened, made and heard by the user who
# started it, and by nobody with more rights.
. tests/lib/live.sh
own_network "$@"

. tests/lib/setuid.sh

none=0000000000000000

# is_users about process: the process has no other's rights.
is_users() {
	is "$(field "$2" Uid) $(field "$2" Gid) $(field "$2" Groups)" \
	    "$user $user $user $user $group $group $group $group 4242 4343" \
	    "$1: users and groups"
	is "$(field "$2" CapInh) $(field "$2" CapPrm) $(field "$2" CapEff)" \
	    "$none $none $none" "$1: capabilities"
	is "$(by_user "$suid/setuid_caller" peek "$2")" "" "$1: is not looked into"
}

# Rules

rules=$open/rules
echo 'rule "one" on { v1 v0 } filter "not arp" { every packet run true }' \
    >"$rules"
cp "$rules" "$open/secret"
echo "include \"$open/secret\"" >"$open/includes"
chmod 600 "$open/secret"
refused "-f: what he may not read" 2 "^bpfstatsd: $open/secret: Permission den" \
    "$BPFSTATSD" -f "$open/secret"
refused "-f: nor is it included" 2 "includes:1: .*: Permission denied" \
    "$BPFSTATSD" -f "$open/includes"
refused "-f: nor with -n" 2 "^bpfstatsd: $open/secret: Permission denied" \
    "$BPFSTATSD" -nv -f "$open/secret"
{ echo 'user root' && cat "$rules"; } >"$open/user"
refused "-f: user root" 1 "^bpfstatsd: $open/user: root: only root can run commands" \
    "$BPFSTATSD" -f "$open/user"
start -f "$rules"
is "$(lines ': counting')" 2 "-f: two sources count"
is "$(children "$daemon" | wc -w)" 1 "-f: nobody keeps a right for later"
is_users "-f: runner" "$daemon"
is_users "-f: watcher" "$watcher"
echo 'rule "two" on v1 { every packet run true }' >"$rules"
by_user kill -HUP "$daemon"
holds "SIGHUP: a new start is needed, it says" until_true 5 \
    grep -q '^bpfstatsd: reload: not available (.*); restart bpfstatsd$' "$log"
$bin/flood v0 3 >/dev/null
holds "SIGHUP: it goes on" until_true 5 grep -q '^bpfstatsd: one: .*exit 0' "$log"
stop
is "$status" 0 "-f: it ends"

# A socket

sock=$open/here/sock
start -s "$sock" -i v1 true
is "$(stat -c '%F %a %U %G' "$sock")" "socket 600 $name $name" \
    "-s: whose it is"
control=
for process in $(children "$daemon"); do
	[ "$(cat "/proc/$process/comm")" != bpfstatsd-ctrl ] || control=$process
done
is_users "-s: control process" "$control"
is "$(field "$control" NoNewPrivs) $(field "$control" Seccomp)" "1 2" \
    "-s: the control process is confined"
is "$(find "/proc/$control/fd" -type l | wc -l)" 5 "-s: its descriptors"
is "$(readlink "/proc/$control"/fd/* | grep -c -e bpf -e packet)" 0 \
    "-s: none that counts"
by_user kill -KILL "$control"
holds "-s: he may end the control process" until_true 5 \
    grep -q 'no more statistics: control process ended' "$log"
$bin/flood v0 1 >/dev/null
holds "-s: it counts without" until_true 5 grep -q ' exit 0 ' "$log"
stop
is "$status $(ls "$open/here")" "0 " "-s: it is removed"

# What he may not do without it he may not do with it.
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
refused "-s: what root has left stays" 1 \
    "^bpfstatsd: $open/closed/dead: Permission denied" \
    "$BPFSTATSD" -s "$open/closed/dead" -i v1 true
is "$(ls "$open/closed")" dead "-s: nothing comes or goes there"
echo "socket \"$sock\" mode 0666 group root
rule one on v1 { every packet run true }" >"$rules"
refused "-s: a group that is not his" 1 "^bpfstatsd: $sock: group root: Oper" \
    "$BPFSTATSD" -f "$rules"
holds "-s: and none is left" [ ! -e "$sock" ]
rm "$open/here/link" "$open/here/dir"

# The system's log

mkdir "$work/dev"
mount -t tmpfs -o mode=755 tmpfs "$work/dev"
for device in null urandom zero full; do
	cp -a "/dev/$device" "$work/dev"
done
mount --move "$work/dev" /dev
got=$work/got

# listens path mode: prints who has connected or sent, and what.
listens() {
	perl -MSocket -e '
		use strict;
		socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die "$!";
		bind($s, sockaddr_un($ARGV[0])) or die "$!";
		chmod oct($ARGV[1]), $ARGV[0];
		# SO_PASSCRED: the message has the sender, as 3 numbers.
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
holds "-l syslog: it counts" until_true 5 has 'v1: counting'
$bin/flood v0 1 >/dev/null
holds "-l syslog: it runs" until_true 5 has ' exit 0 after'
stop
is "$status $(cat "$log")" "0 " "-l syslog: it ends, nothing is on stderr"
deaf
rm /dev/log
listens /dev/log 600
# shellcheck disable=SC2086
$as_user "$BPFSTATSD" -v -l syslog -i v1 true >"$work/out" 2>"$log" &
daemon=$!
until_true 10 tapped
$bin/flood v0 1 >/dev/null
stop
is "$status $(cat "$got")" "0 " "-l syslog: not to a log that is closed to him"
deaf

# What is done with rights, when there is something to say

# with_rights argument ...: in $work/raised the calls of the first process.
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
	sed -n "s/^$first *//p" "$work/trace" |
	    sed -n "/^setresuid(-1, 0, -1)/,/^setresuid($user, $user, $user)/p; \
		/^setresuid($user, $user, $user)/q" >"$work/raised"
	holds "with rights: $*: it has them for a while" \
	    grep -q "^setresuid($user, $user, $user)" "$work/raised"
	# To the firewall alone it speaks.
	is "$(grep -E '^(open|creat|write|exec|connect|send|link|unlink|rename|ch|mk|mount|bind.*AF_UNIX)' \
	    "$work/raised" | grep -v '^sendto.*NFNL_SUBSYS_ULOG')" "" \
	    "with rights: $*: no file, no program, no word"
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

# A service manager, whom his variables name

rm -f /dev/log
listens "$open/manager" 777
WRAP="$as_user env NOTIFY_SOCKET=$open/manager WATCHDOG_USEC=1000"
start -i v1 true
$bin/flood v0 1 >/dev/null
until_true 5 grep -q ' exit 0 ' "$log"
stop
is "$status $(cat "$got")" "0 " "NOTIFY_SOCKET: nobody is told"
WRAP="$as_user env NOTIFY_SOCKET=/nowhere WATCHDOG_USEC=1"
start -i v1 true
stop
is "$status $(lines NOTIFY)" "0 0" "NOTIFY_SOCKET: nor is it looked at"
deaf
WRAP=$as_user

# Signals at every moment

for arguments in "-f $rules" "-s $sock -i v1 true" "-l syslog -i v1 true"; do
	# shellcheck disable=SC2086
	holds "signals at every moment: $arguments" torment $arguments
	holds "nothing is left" until_true 10 none_left
	rm -f "$sock"
done
is "$(ls "$open/here")" "" "no core, no other file"

# Limits

# limited options of prlimit ...: it counts, or ends and says why.
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
	holds "limit: $limit: nothing is left" until_true 5 none_left
done
done_testing
