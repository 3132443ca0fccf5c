#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A hundred rules in one daemon: each counts as a separate daemon would; rules
# with the same filter share a source; the descriptor limit suffices.
. tests/lib/live.sh
own_network "$@"

rules=100
every=7
first=9001
frames=$(size 200000 1000000)
alone=$BPFSTATSD
BPFSTATSD=$bin/many_rules

# lines_of file: prints the number of lines of statistics.
lines_of() {
	grep -c ': packets .* runs ' "$1" || :
}

answered() {
	[ "$(lines_of "$log")" -ge $((before + asked)) ]
}

# totals rules: prints "rule packets events" of each rule.
totals() {
	asked=$1
	before=$(lines_of "$log")
	kill -USR1 "$daemon"
	until_true 10 answered || return 1
	grep ': packets .* runs ' "$log" | tail -n "$asked" |
	    sed 's/^bpfstatsd: \(r[0-9]*\): packets \([0-9]*\), \(.* \)*events \([0-9]*\),.*/\1 \2 \4/' |
	    sort -u
}

# sockets: prints the number of the watcher's sockets that count or notify,
# without the two for orders.
sockets() {
	echo $(($(find "/proc/$watcher/fd" -lname 'socket:*' | wc -l) - 2))
}

descriptors() {
	find "/proc/$1/fd" -type l | wc -l
}

# expected file: prints the right statistics for the packets sent to each port.
expected() {
	awk -v first=$first -v every=$every \
	    '{ print "r" $1 - first, $2, int($2 / every) }' "$1" | sort
}

# as_sent title: the statistics of each rule match the packets sent.
as_sent() {
	totals $rules >"$work/got"
	expected "$work/sent" >"$work/wanted"
	if cmp -s "$work/got" "$work/wanted"; then
		ok "$1: packets and events of $(wc -l <"$work/got") rules"
	else
		not_ok "$1: packets and events" \
		    "$(diff "$work/got" "$work/wanted" | head -n 20)"
	fi
}

# mode name: a hundred rules with different filters; three of them also in
# separate daemons.
mode() {
	title=$1
	if ! start -n $rules -p $first -c $every $bin/do_nothing; then
		not_ok "$title: the daemon starts"
		return
	fi
	is "$(lines ": counting.*$title")" $rules "$title: all rules count"
	holds "$title: $(descriptors "$watcher") and $(descriptors "$daemon") descriptors" \
	    [ "$(descriptors "$watcher")" -lt 700 ]
	holds "$title: no descriptor of a rule in the runner" \
	    [ "$(descriptors "$daemon")" -lt 20 ]
	# At the end this process closes the sockets; until then it waits for
	# the watcher.
	like "$(cat "/proc/$watcher/status")" '^CapEff:[[:space:]]*0+$' \
	    "$title: the process that closes the sockets has no capability"
	is "$(readlink "/proc/$watcher/fd/0" "/proc/$watcher/fd/1" \
	    "/proc/$watcher/fd/2" | sort -u)" /dev/null \
	    "$title: its standard descriptors are /dev/null"
	peers=
	for rule in 0 42 99; do
		# shellcheck disable=SC2086
		${WRAP:-} "$alone" -v -i v1 -c $every \
		    -e "udp dst port $((first + rule))" $bin/do_nothing \
		    2>"$work/alone.$rule" &
		peers="$peers $!"
		until_true 10 grep -q ': counting' "$work/alone.$rule"
	done
	$bin/flood_ports v0 "$frames" $first $rules >"$work/sent"
	as_sent "$title"
	# shellcheck disable=SC2086
	kill -USR1 $peers
	for rule in 0 42 99; do
		until_true 5 grep -q ': packets .* runs ' "$work/alone.$rule"
		is "$(sed -n 's/.*: packets \([0-9]*\), \(.* \)*events \([0-9]*\),.*/\1 \3/p' \
		    "$work/alone.$rule")" \
		    "$(sed -n "s/^r$rule //p" "$work/got")" \
		    "$title: rule $rule counts as a separate daemon does"
	done
	# shellcheck disable=SC2086
	kill $peers
	for peer in $peers; do
		ended "$peer" 10
	done
	stop_all
}

# closing number: prints the time in ms that one process needs to close the
# given number of packet sockets.
closing() {
	perl -MTime::HiRes=time -e 'my @s;
	    for (1 .. $ARGV[0]) {
		    socket(my $s, 17, 3, 0) or die $!;
		    push(@s, $s);
	    }
	    my $begin = time();
	    close($_) for @s;
	    printf("%d\n", 1000 * (time() - $begin))' "$1"
}

# Linux makes a process wait for an RCU grace period at each packet socket that
# it closes, and a rule has three; the daemon closes them in parallel.
stop_all() {
	one_by_one=$(($(closing 15) * rules / 5))
	ending=$(date +%s%N)
	kill -TERM "$daemon"
	holds "$title: the daemon ends" ended "$daemon" 40
	ending=$((($(date +%s%N) - ending) / 1000000))
	[ "$title" = "the same filter" ] ||
	    holds "$title: ends in $ending ms, serially $one_by_one ms" \
		[ $((ending * 3)) -lt "$one_by_one" ]
	is "$status" 0 "$title: exit"
	is "$(lines leaving)" 0 "$title: no process is left behind"
	daemon=
}

WRAP="prlimit --nofile=1024:"
mode extended
WRAP="$WRAP setpriv --bounding-set -bpf,-sys_admin"
mode classic
WRAP=

# A recreated interface comes back for all rules.

title="a recreated interface"
start -n $rules -p $first -c $every $bin/do_nothing
back() {
	[ "$(lines 'interface is back')" -ge $rules ]
}
ip link del v0
gone_for_all() {
	[ "$(lines 'interface is gone')" -ge $rules ]
}
until_true 10 gone_for_all
is "$(lines 'interface is gone')" $rules "$title: gone for all"
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
until_true 10 grep -q up /sys/class/net/v1/operstate
until_true 20 back
is "$(lines 'interface is back')" $rules "$title: back for all"
$bin/flood_ports v0 "$frames" $first $rules >"$work/sent"
as_sent "$title"
stop_all

# Rules from a file, which the opener reads again.

title="a rules file"
rule=0
while [ $rule -lt $rules ]; do
	echo "rule \"r$rule\" on v1 filter \"udp dst port $((first + rule))\" {" \
	    "every 1 packet run \"$bin/do_nothing\" }"
	rule=$((rule + 1))
done >"$work/rules"
BPFSTATSD=$alone
start -f "$work/rules"
stop_all
BPFSTATSD=$bin/many_rules

# The same filter in all rules: a packet socket for each usual link type and one
# for all others, and the socket for interface notices.

title="the same filter"
start -n $rules -e udp -c $every $bin/do_nothing
is "$(sockets)" 5 "$title: sockets"
$bin/flood_ports v0 "$frames" $first $rules >/dev/null
is "$(totals $rules | cut -d ' ' -f 2- | sort | uniq -c | tr -s ' ')" \
    " $rules $frames $((frames / every))" "$title: packets and events"
stop_all

# The descriptor limit.

title="a low limit"
WRAP="prlimit --nofile=300:"
# shellcheck disable=SC2016
start -n $rules -p $first -c 1 sh -c 'ulimit -n >"$1"' sh "$work/limit"
$bin/flood_ports v0 1000 $first 1 >/dev/null
until_true 10 [ -s "$work/limit" ]
is "$(cat "$work/limit")" 300 "$title: commands get the user's limit"
stop_all
status=0
prlimit --nofile=30:30 "$BPFSTATSD" -n $rules -p $first true 2>"$log" || status=$?
is "$status" 1 "$title, a hard one: exit"
like "$(cat "$log")" \
    'descriptors: all rules .* the limit is 30: "ulimit -n [0-9]+" raises it$' \
    "$title, a hard one: the message names the remedy"
done_testing
