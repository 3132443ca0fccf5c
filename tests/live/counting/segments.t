#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The unit of counting: a segment, not the buffer; a packet on loopback counts
# once; "any" counts the packets of all interfaces.
. tests/lib/live.sh
own_network "$@"

# far command ...: runs the command in the network at the other end of the pair.
far() {
	nsenter -t "$far" -n -- "$@"
}

segments_out() {
	"$@" cat /proc/net/snmp | awk '$1 == "Tcp:" && $2 ~ /[0-9]/ {
		print $12 + $13 }'
}

start -i lo -c 3 $bin/do_nothing
ping -q -c 6 -i 0.01 127.0.0.1 >/dev/null
until_true 5 stats_reach packets 12
is "$packets $events" "12 4" "loopback: 6 echoes are 12 packets, 4 events"
stop

WRAP="setpriv --bounding-set -bpf,-sys_admin"
start -i lo -c 3 $bin/do_nothing
ping -q -c 6 -i 0.01 127.0.0.1 >/dev/null
until_true 5 stats_reach packets 12
is "$packets $events" "12 4" "loopback, classic mode"
stop
WRAP=

for mode in extended classic; do
	[ $mode = extended ] ||
	    WRAP="setpriv --bounding-set -bpf,-sys_admin"
	start -i any -c 10 $bin/do_nothing
	like "$(cat "$log")" "$mode filter" "any: $mode mode"
	ping -q -c 6 -i 0.01 127.0.0.1 >/dev/null
	$bin/flood v0 100 >/dev/null
	$bin/flood v1 100 >/dev/null
	until_true 5 stats_reach packets 212
	is "$packets $events" "212 21" "any: counts lo, v0 and v1, $mode mode"
	stop
done
WRAP=

# Buffers as a virtual machine sends them, without a number of segments.
$bin/send_segments -l >"$work/kinds"

# handed_over number: the sender has sent the given number of cases.
handed_over() {
	[ "$(grep -Ec '^(given|dropped)' "$work/segments")" -ge "$1" ]
}

# each_kind title ethernet arguments: each case counts as many packets as it has
# segments. Without Ethernet, only the cases that do not need it.
each_kind() {
	title=$1 ethernet=$2
	shift 2
	start -c 10 "$@" $bin/do_nothing
	number_given=$(grep -Ec '^(given|dropped)' "$work/segments") || :
	before_it=0 sum=0
	while read -r kind wanted needs; do
		[ "$needs" -le "$ethernet" ] || continue
		echo "$kind" >&8
		number_given=$((number_given + 1))
		until_true 5 handed_over $number_given ||
		    not_ok "$title: $kind: sent" "$(cat "$work/segments")"
		# The kernel cannot split some buffers and does not send them.
		last=$(tail -n 1 "$work/segments")
		[ "${last% *}" = given ] || wanted=0
		stats
		is $((packets - before_it)) "$wanted" "$title: $kind"
		before_it=$packets
		sum=$((sum + wanted))
	done <"$work/kinds"
	is "$events" $((sum / 10)) "$title: events"
	stop
}

# dropped: prints how many cases the kernel refused.
dropped() {
	grep -c '^dropped' "$work/segments"
}

if [ -c /dev/net/tun ]; then
	sends tap0 ''
	each_kind "tap" 1 -i tap0
	is "$(dropped)" 0 "tap: the kernel accepts all cases"
	each_kind "any, tap" 1 -i any
	each_kind "tap, filter" 1 -i tap0 -e 'vlan or not vlan'
	exec 8>&-
	wait $sender
	sends tun0 ''
	each_kind "tun" 0 -i tun0
	each_kind "any, tun, filter" 0 -i any -e 'ip or ip6'
	exec 8>&-
	wait $sender
else
	ok "buffers without a number of segments # SKIP no /dev/net/tun"
fi
# Outgoing buffers have the network header at another offset.
sends v0 -p
each_kind "packet socket, out" 1 -i v0 -Q out
holds "packet socket: $(dropped) dropped of $(wc -l <"$work/kinds")" \
    [ "$(dropped)" -le 5 ]
each_kind "packet socket, arriving" 1 -i v1
exec 8>&-
wait $sender

# 100 MiB of TCP in few large buffers count as the segments that TCP sent.
unshare --net sleep 1000 &
far=$!
trap 'kill $far; clean_up' EXIT
until_true 5 sh -c "! [ /proc/$far/ns/net -ef /proc/self/ns/net ]"
ip link set v0 netns "$far"
for end in "" far; do
	echo 1 | $end tee /proc/sys/net/ipv6/conf/all/disable_ipv6 >/dev/null
	mine=$([ -z "$end" ] && echo 1 || echo 0)
	$end ip addr add "192.0.2.$((mine + 1))/24" dev "v$mine"
	$end ip link set "v$mine" up
done
# Static neighbours: no ARP among the packets.
ip neigh add 192.0.2.1 dev v1 nud permanent lladdr \
    "$(far cat /proc/net/dev >/dev/null; far ip -br link show v0 | awk '{ print $3 }')"
far ip neigh add 192.0.2.2 dev v0 nud permanent lladdr \
    "$(cat /sys/class/net/v1/address)"
start -i v1 -c 1000 $bin/do_nothing
buffers=$(cat /sys/class/net/v1/statistics/rx_packets)
sent=$(($(segments_out) + $(segments_out far)))
sends_tcp "$far" 100
is "$(cat "$work/got")" 104857600 "100 MiB arrived"
sent=$(($(segments_out) + $(segments_out far) - sent))
buffers=$(($(cat /sys/class/net/v1/statistics/rx_packets) - buffers))
stats
echo "# $packets packets, $sent segments, $buffers buffers received"
is "$packets" "$sent" "packets are TCP segments"
is "$events" $((sent / 1000)) "events count segments"
holds "fewer buffers than segments arrived" [ "$buffers" -lt $((sent / 4)) ]
stop

# Each of a datagram's three fragments counts, because no reassembly comes
# before.
start -i v1 -Q in $bin/do_nothing
far ping -q -c 2 -i 0.01 -s 4000 192.0.2.2 >"$work/ping"
stats
is "$packets" 6 "fragments are packets"
stop
done_testing
