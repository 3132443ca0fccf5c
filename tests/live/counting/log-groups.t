#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Firewall log groups: every packet that a firewall rule logs is counted at
# once, even when netlink messages are lost; nothing else wakes the daemon.
. tests/lib/live.sh
own_network "$@"

logged=${LOGGED:-2000000}
without_bpf="setpriv --bounding-set -bpf,-sys_admin"

command -v nft >/dev/null || skip_all "needs nft"
nft -f - <<RULES || skip_all "needs nftables in the kernel"
table inet filter {
	counter logged { }
	chain input {
		type filter hook input priority filter
		udp dport 9000 counter name logged log group 1 drop
		udp dport 9001 log group 1 queue-threshold 50 drop
		udp dport 9002 log group 0 drop
		tcp dport 9003 counter name logged log group 1
		icmp type echo-request log group 1
	}
}
RULES

# counted: prints and resets the firewall rule's counter.
counted() {
	nft reset counter inet filter logged | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

# messages_lost: prints the lost messages of the daemon's netlink socket.
messages_lost() {
	awk -v pid="$daemon" '$2 == 12 && $3 == pid { print $9 }' /proc/net/netlink
}

# in_mode mode: selects the privileges for the following daemons.
in_mode() {
	mode=$1
	WRAP=
	how='extended filter \(eBPF\)' a_second=0
	[ "$mode" = extended ] ||
	    WRAP=$without_bpf how='message counter' a_second=1000
}

send() {
	$bin/flood_udp 127.0.0.1 "$@" >"$work/flood"
}

# exact mode N: counts are exact although no later message follows the last one.
exact() {
	in_mode "$1"
	about="$1, N = $2"
	if ! start -c "$2" -i nflog:1 $bin/do_nothing; then
		not_ok "$about: the daemon starts"
		return
	fi
	like "$(cat "$log")" ": counting, .*$how" "$about: mode"
	counted >/dev/null
	send 9000 "$logged"
	wanted=$(counted)
	is "$wanted" "$logged" "$about: the firewall has logged all packets"
	until_true 10 stats_reach packets "$wanted"
	is "$packets" "$wanted" "$about: packets"
	is "$events" $((wanted / $2)) "$about: events"
	lost=$(messages_lost)
	echo "# $line"
	echo "# $lost messages lost, $(cat "$work/flood")"
	if [ "$mode" = extended ]; then
		is "$lost" 0 "$about: no message was lost"
		holds "$about: one wake-up per event or end of a run" \
		    [ "$wakeups" -le $((events + runs + 2)) ]
	else
		holds "$about: most messages were lost" \
		    [ "$lost" -gt $((wanted / 2)) ]
	fi
	stop
	is "$status" 0 "$about: exit"
}

# A command that outlasts the flood; then a threshold that is never reached.
quiet() {
	in_mode "$1"
	start -i nflog:1 sleep 1000
	send 9000 100000
	until_true 10 stats_reach packets 100000
	is "$packets" 100000 "$mode: packets during a run"
	holds "$mode: $wakeups wake-ups during a run" \
	    [ "$wakeups" -le 6 ]
	stop
	start -c 1000000000 -i nflog:1 $bin/do_nothing
	begin=$(date +%s%N)
	send 9000 300000
	# At this rate, waking for each packet and to rearm would be 1900
	# wake-ups.
	ping -q -c 1000 -i 0.001 127.0.0.1 >/dev/null
	stats
	spent=$((($(date +%s%N) - begin) / 1000000))
	is "$packets" 301000 "$mode: packets at a high and a low rate"
	holds "$mode: $wakeups wake-ups in $spent ms" \
	    [ "$wakeups" -le $((a_second * spent / 1000 + 3)) ]
	stop
}

# idle mode: neither process makes a system call in five seconds.
idle() {
	in_mode "$1"
	start -c 10 -i nflog:1 $bin/do_nothing
	send 9000 15
	until_true 10 stats_reach runs 1
	timeout -s INT 5 strace -f -qq -o "$work/trace" \
	    -p "$daemon" -p "$watcher" 2>"$work/strace"
	# strace itself interrupts and restarts the blocking call; such lines do
	# not count.
	is "$(grep -vE 'unfinished|detached|resuming|resumed' "$work/trace")" \
	    "" "$mode: idle, no system call in 5 s"
	holds "$mode: strace was attached" [ -s "$work/trace" ]
	stop
}

# single mode: each packet alone is counted, with no later packet behind it.
single() {
	in_mode "$1"
	start -o queue -i nflog:1 $bin/do_nothing
	for i in 1 2 3; do
		send 9000 1
		until_true 5 stats_reach runs "$i"
		is "$packets $runs" "$i $i" "$mode: packet $i, run $i"
	done
	send 9000 300
	until_true 20 stats_reach runs 303
	is "$packets $runs" "303 303" "$mode: a run for each packet"
	is "$(lines ' started: ')" 303 "$mode: 303 runs started"
	send 9001 7
	until_true 5 stats_reach runs 310
	is "$packets" 310 \
	    "$mode: counts do not wait for a firewall rule that queues messages"
	stop
}

for counting in extended counter; do
	exact $counting 1
	exact $counting 1000
	quiet $counting
	idle $counting
	single $counting
done

# The documented limitation: a buffer of several segments is one packet.
WRAP=
ip link set lo mtu 1500
start -i nflog:1 $bin/do_nothing
like "$(cat "$log")" 'nflog:1: packets that .* merged \(GRO, GSO\) count as one' \
    "merged packets: the log warns"
counted >/dev/null
perl -MIO::Socket::INET -e '
	my $l = IO::Socket::INET->new(Listen => 1, LocalPort => 9003) or die;
	if (fork() == 0) {
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:9003");
		print $s "x" x (1 << 20) for 1 .. 10;
		exit 0;
	}
	my $s = $l->accept(); my $n = 0;
	while (my $r = sysread($s, my $b, 1 << 20)) { $n += $r }
	wait(); print "$n\n"' >"$work/got"
is "$(cat "$work/got")" 10485760 "merged packets: 10 MiB arrived"
stats
is "$packets" "$(counted)" "merged packets: count equals the firewall's counter"
holds "merged packets: $packets packets for 7000 segments" \
    [ "$packets" -lt 4000 ]
stop

# The default interface is nflog:0.

start $bin/do_nothing
send 9002 3
until_true 5 stats_reach packets 3
like "$line" '^bpfstatsd: nflog:0: packets 3,' \
    "without -i the daemon counts nflog:0"
stop

# Privileges and errors.

# refused status pattern arguments ...: one line of error, and the exit status.
refused() {
	wanted=$1 pattern=$2
	shift 2
	status=0
	# shellcheck disable=SC2086
	timeout 5 ${WRAP:-} "$BPFSTATSD" "$@" >"$work/out" 2>&1 || status=$?
	is "$status $(wc -l <"$work/out")" "$wanted 1" "refused: $*"
	like "$(cat "$work/out")" "^bpfstatsd: $pattern" \
	    "refused: the message names the reason"
}

for name in nflog: nflog:x nflog:65536 nflog:-1 'nflog: 1' nflog:1x; do
	refused 1 "$name: no such log group; use nflog:0 to nflog:65535" \
	    -i "$name" true
done
refused 1 'nflog:1: a log group takes no -e or -F: .*"nft add rule inet filter input tcp dport 9000 log group 1"' \
    -i nflog:1 -e 'tcp dst port 9000' true
refused 1 'nflog:1: a log group takes no -Q: .*"nft add rule inet filter output log group 1"' \
    -i nflog:1 -Q out true
start -i nflog:65535 true
refused 1 'nflog:65535: another program has this log group: choose another' \
    -i nflog:65535 true
like "$(cat "/proc/$watcher/status")" '^CapEff:[[:space:]]*0+$' \
    "the watcher keeps no capability"
like "$(cat "/proc/$watcher/status")" '^Seccomp:[[:space:]]*2$' \
    "the watcher is confined"
stop
# A reload with 600 log groups, each with the room of seven filters: the memory
# made at the start has no room for all.
groups() {
	i=0
	while [ "$i" -lt "$1" ]; do
		echo "rule \"$i\" on nflog:$i { idle 1h run true }"
		i=$((i + 1))
	done
}

reload_failed() {
	grep -q 'reload: failed' "$log"
}

groups 1 >"$work/rules"
start -f "$work/rules"
groups 600 >"$work/rules"
kill -HUP "$daemon"
holds "a reload with too many log groups fails" until_true 30 reload_failed
like "$(cat "$log")" \
    'nflog:[0-9]+: no room for another filter; restart bpfstatsd' \
    "the message says what to do"
stop

nobody="setpriv --reuid $(id -u nobody) --regid $(id -g nobody) --clear-groups"
chmod 711 "$work"
cp "$BPFSTATSD" "$work/bpfstatsd"
BPFSTATSD=$work/bpfstatsd
for WRAP in "$nobody" "setpriv --bounding-set -net_admin"; do
	refused 1 'nflog:1: CAP_NET_ADMIN is missing: .* root,.*"setcap ' \
	    -i nflog:1 true
done
WRAP="$nobody --inh-caps +net_admin --ambient-caps +net_admin"
start -i nflog:1 true
like "$(cat "$log")" ': counting, .*message counter' "CAP_NET_ADMIN suffices"
like "$(cat "/proc/$daemon/status")" '^CapPrm:[[:space:]]*0+$' \
    "the runner keeps no capability"
refused 1 'nflog:1: another program has this log group' -i nflog:1 true
stop
done_testing
