# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Functions for live tests: TAP, a private network, the daemon. A test reads the
# file with ". tests/lib/live.sh" from the top of the tree.
# shellcheck shell=sh disable=SC2034

number=0
failed=0
daemon=
bin=tests/tools
: "${BPFSTATSD:=./bpfstatsd}"
: "${TEST_SIZE:=small}"

# size small full [large]: prints the amount of repetition for $TEST_SIZE, which
# is small, as in "make check", full, as in "make check-long", or large, for
# hours in which nobody waits.
size() {
	case $TEST_SIZE in
	small) echo "$1" ;;
	full) echo "$2" ;;
	large) echo "${3:-$2}" ;;
	*) echo "TEST_SIZE: \"$TEST_SIZE\": not small, full or large" >&2 ;;
	esac
}

ok() {
	number=$((number + 1))
	echo "ok $number - $1"
}

not_ok() {
	number=$((number + 1))
	failed=$((failed + 1))
	echo "not ok $number - $1"
	shift
	for line in "$@"; do
		echo "$line" | sed 's/^/# /'
	done
}

# is got wanted description: the two texts are equal.
is() {
	if [ "$1" = "$2" ]; then
		ok "$3"
	else
		not_ok "$3" "got:    $1" "wanted: $2"
	fi
}

# like text pattern description: the text matches the extended regular
# expression.
like() {
	if printf '%s\n' "$1" | grep -Eq -- "$2"; then
		ok "$3"
	else
		not_ok "$3" "got:    $1" "wanted: $2"
	fi
}

# holds description command ...: the command succeeds.
holds() {
	what=$1
	shift
	if "$@"; then
		ok "$what"
	else
		not_ok "$what" "failed: $*"
	fi
}

# copy_tree directory: copies the sources of the tree without build products.
copy_tree() {
	mkdir -p "$1" || return
	if git rev-parse --verify -q HEAD >/dev/null 2>&1; then
		git ls-files -z | tar -c --null -T - | tar -x -C "$1"
	else
		tar -c --exclude=./.git --exclude=./build . | tar -x -C "$1" &&
		    make -s -C "$1" clean
	fi
}

# scripts: prints the path of every script of the tree.
scripts() {
	find tests debian dist examples .ci -type f 2>/dev/null |
	    while read -r script; do
		head -n 1 "$script" | grep -q '^#!.*sh$' && echo "$script"
	done
	ls tests/lib/*.sh tests/bsd/lib.sh
}

skip_all() {
	if [ "${CI:-}" = true ]; then
		echo "1..1"
		echo "not ok 1 - skipped, which CI does not allow: $1"
		exit 1
	fi
	echo "1..0 # SKIP $1"
	exit 0
}

done_testing() {
	echo "1..$number"
	[ "$failed" -eq 0 ]
}

# until_true seconds command ...: repeats the command until it succeeds; fails
# after the given seconds. A pause is a quarter of the wait so far, from 10 to
# 200 ms: a repetition costs processor time that other tests need. The command
# cannot itself call until_true, because both would use the same variables.
until_true() {
	longest_wait=$(($1 * 1000)) waited=0
	shift
	until "$@"; do
		[ "$waited" -lt "$longest_wait" ] || return 1
		pause=$((waited < 40 ? 10 : waited < 800 ? waited / 4 : 200))
		waited=$((waited + pause))
		pause=$((1000 + pause))
		sleep "0.${pause#1}"
	done
}

gone() {
	[ ! -d "/proc/$1" ]
}

# bound: prints the number of packet sockets that receive packets of an
# interface.
bound() {
	awk '$4 == "0003" && $6 == 1' /proc/net/packet | wc -l
}

# tapped: true when a packet socket is bound; shows that a daemon without -v
# counts.
tapped() {
	[ "$(bound)" -ge 1 ]
}

# children pid: prints the child processes of a process.
children() {
	cat "/proc/$1/task/"*/children 2>/dev/null
}

# at_rest: true when no command runs: the watcher is the daemon's only child.
at_rest() {
	[ "$(children "$daemon" | wc -w)" -eq 1 ]
}

# own_network: runs the script again in new network and mount namespaces, with
# the veth pair v0 and v1 and no other traffic. A test calls it first.
own_network() {
	if [ "$(id -u)" -ne 0 ]; then
		skip_all "needs root"
	fi
	if [ "${BPFSTATSD_NETWORK:-}" != "$$" ]; then
		BPFSTATSD_NETWORK=$$ exec unshare --net --mount -- sh "$0" "$@"
	fi
	echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
	echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
	ip link add v0 type veth peer name v1
	ip link set lo up
	ip link set v0 up
	ip link set v1 up
	mount -t sysfs sysfs /sys
	until_true 5 grep -q up /sys/class/net/v1/operstate
	work=$(mktemp -d)
	log=$work/log
	trap 'clean_up' EXIT
	trap 'exit 1' HUP INT TERM
}

clean_up() {
	[ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null
	rm -rf --one-file-system "$work"
}

counts_or_ends() {
	grep -q ': counting' "$log" || not_running "$daemon"
}

# start arguments ...: starts the daemon in the background and waits until the
# daemon counts. The log is in $log, the daemon's pid in $daemon, the watcher's
# in $watcher.
start() {
	# Removes the messages of the previous daemon.
	: >"$log"
	# shellcheck disable=SC2086
	${WRAP:-} "$BPFSTATSD" -v "$@" >"${STDOUT:-$work/out}" 2>"$log" &
	daemon=$!
	if ! until_true 10 counts_or_ends || ! grep -q ': counting' "$log"; then
		echo "# the daemon does not count:"
		sed 's/^/# /' "$log"
		return 1
	fi
	watcher=$(children "$daemon" | tr ' ' '\n' | head -n 1)
}

# ended pid seconds: waits until the process ends; the exit status is in
# $status.
ended() {
	until_true "$2" not_running "$1" || return 1
	status=0
	wait "$1" || status=$?
}

# not_running pid: true for a process that has ended, also for a zombie; false
# for a traced or stopped process.
not_running() {
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	case ${stat##*") "} in
	[XZx]*) ;;
	*) return 1 ;;
	esac
}

# stop: ends the daemon with SIGTERM; the exit status is in $status.
stop() {
	kill -TERM "$daemon"
	ended "$daemon" 10
	daemon=
}

lines() {
	grep -c "$1" "$log" || :
}

# lines_reach pattern number: the log has at least the given number of lines.
lines_reach() {
	[ "$(lines "$1")" -ge "$2" ]
}

# ask_for_stats: sends SIGUSR1 and waits for the first line of statistics.
ask_for_stats() {
	before=$(lines ': packets .* runs ')
	kill -USR1 "$daemon"
	patience=500
	until [ "$(lines ': packets .* runs ')" -gt "$before" ]; do
		patience=$((patience - 1))
		[ "$patience" -gt 0 ] || return 1
		sleep 0.02
	done
}

# stats: asks for statistics and sets $packets, $events, $runs, $failures, $last
# and $wakeups from the last line.
stats() {
	ask_for_stats || return 1
	line=$(grep ': packets .* runs ' "$log" | tail -n 1)
	packets=$(value packets)
	events=$(value events)
	runs=$(value runs)
	failures=$(value failures)
	last=$(value 'last exit')
	wakeups=$(value wake-ups)
}

# value name: prints the value in "... name value, ..." of $line.
value() {
	rest=${line#*" $1 "}
	echo "${rest%%,*}"
}

# stats_reach variable number: the statistic is at least the number.
stats_reach() {
	sleep 0.1
	stats && eval "[ \"\$$1\" -ge $2 ]"
}

# holdings: prints the memory and descriptors of both processes, after a first
# question for statistics, because the answer allocates memory once.
holdings() {
	stats
	until_true 5 at_rest
	for process in "$daemon" "$watcher"; do
		grep -E '^RssAnon' "/proc/$process/status" | tr -s '\t ' ' '
		find "/proc/$process/fd" -type l | wc -l
	done
}

# sends interface arguments: starts the sender of large buffers on the
# interface, which the sender creates unless -p is given. The test writes the
# names of cases to descriptor 8; the answers are in $work/segments, the pid is
# in $sender.
sends() {
	rm -f "$work/line"
	mkfifo "$work/line"
	# shellcheck disable=SC2086
	$bin/send_segments $2 "$1" <"$work/line" >"$work/segments" 2>&1 &
	sender=$!
	exec 8>"$work/line"
	until_true 5 grep -q ready "$work/segments"
}

# sends_tcp process number: sends the given number of MiB from the process's
# network to 192.0.2.2, port 9000, of this network, and waits for the last
# acknowledgement. The number of received bytes is in $work/got.
# shellcheck disable=SC2016
sends_tcp() {
	rm -f "$work/listening"
	perl -MIO::Socket::INET -e '
		my $l = IO::Socket::INET->new(Listen => 1, LocalPort => 9000,
		    ReuseAddr => 1) or die;
		open(my $f, ">", $ARGV[0]); close($f);
		my $s = $l->accept(); my $n = 0;
		while (my $r = sysread($s, my $b, 1 << 20)) { $n += $r }
		print "$n\n"' "$work/listening" >"$work/got" &
	server=$!
	until_true 5 [ -e "$work/listening" ]
	nsenter -t "$1" -n perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(PeerAddr => "192.0.2.2:9000")
		    or die;
		my $b = "x" x (1 << 20);
		print $s $b for 1 .. $ARGV[0]' "$2"
	wait "$server"
	until_true 5 sh -c '! grep -q ":2328 .* 0[148] " /proc/net/tcp'
}
