#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each kind of link the daemon counts what tcpdump(8) sees with the same
# expression and direction, on the same packets.
. tests/lib/live.sh
own_network "$@"

frames=300
without_bpf="setpriv --bounding-set -bpf,-sys_admin"

command -v tcpdump >/dev/null || skip_all "needs tcpdump"

# Cases for two kinds of link. Each line is a direction and an expression.
ethernet='inout
inout icmp
inout tcp
inout udp port 53
inout ip6
inout arp
inout vlan
inout vlan and ip
inout vlan 100 and udp
inout less 100
inout inbound
inout outbound and udp
inout ip multicast and host 10.0.0.1
in tcp
in vlan
out vlan and ip6
out less 80'
bare='inout
inout icmp
inout tcp
inout udp port 53
inout ip6
inout less 100
inout inbound
inout outbound and udp
inout host 10.0.0.1
in tcp
out less 80'

daemons='' dumpers='' control='' device=''

end_all() {
	for process in $daemons $dumpers $control $device; do
		kill -KILL "$process" 2>/dev/null
	done
	clean_up
}
trap end_all EXIT

# has pattern file: the file exists and has a matching line.
has() {
	grep -q "$1" "$2" 2>/dev/null
}

# watch interface direction expression: starts tcpdump and the daemon as case
# number $cases.
watch() {
	cases=$((cases + 1))
	tcpdump -Z root -i "$1" -Q "$2" -s 64 -U --immediate-mode \
	    -w "$work/$cases.pcap" "$3" 2>"$work/$cases.tcpdump" &
	dumpers="$dumpers $!"
	# shellcheck disable=SC2086
	$how "$BPFSTATSD" -v -c 1 -o drop -i "$1" -Q "$2" -e "$3" \
	    $bin/do_nothing >/dev/null 2>"$work/$cases.log" &
	daemons="$daemons $!"
	printf '%s\n' "-Q $2 -e '$3'" >"$work/$cases.case"
}

# all_watch: all programs count, so that none misses a packet.
all_watch() {
	i=0
	while [ $i -lt "$cases" ]; do
		i=$((i + 1))
		has ': counting' "$work/$i.log" &&
		    has 'listening on' "$work/$i.tcpdump" || return 1
	done
}

control_has_seen() {
	kill -USR1 "$control"
	sleep 0.05
	has ": packets $1," "$work/control"
}

# asleep pid ...: the processes sleep and have written everything.
asleep() {
	for process; do
		grep -q '^State:[[:space:]]*S' "/proc/$process/status" ||
		    return 1
	done
}

# all_told: all daemons have printed statistics.
all_told() {
	[ "$(grep -l ': packets' "$work"/*.log | wc -l)" -eq "$cases" ]
}

# ask: ends all programs of the comparison and collects their numbers.
ask() {
	# shellcheck disable=SC2086
	{
		until_true 5 asleep $dumpers || not_ok "tcpdump does not sleep"
		kill -INT $dumpers
		wait $dumpers
		kill -USR1 $daemons
		until_true 10 all_told ||
		    not_ok "a daemon printed no statistics"
		kill -TERM $daemons
		wait $daemons
	}
	daemons='' dumpers=''
}

# judge interface case: the daemon's count equals tcpdump's.
judge() {
	about="$1, $mode, $(cat "$work/$2.case")"
	# libpcap filters these once more in user space, unlike the kernel, and
	# drops the first packet.
	case $about in
	lo,*outbound*) what=captured ;; # what leaves is nothing to it there
	*bound*) what='received by filter' ;;
	*) what=captured ;;
	esac
	seen=$(sed -n "s/ packets* $what\$//p" "$work/$2.tcpdump")
	is "$(sed -n 's/.*: packets \(.*, events [0-9]*\),.*/\1/p' \
	    "$work/$2.log")" "$seen, events $seen" "$about: $seen packets"
	has '^0 packets dropped by kernel' "$work/$2.tcpdump" ||
	    not_ok "$about: tcpdump has lost packets"
	[ "$seen" -eq 0 ] || some=$((some + 1))
}

# compare interface cases last times command ...: the command sends; the
# expression "last" matches the last packet the given number of times. The
# daemon that waits for the last packet starts first, and so sees each packet
# after the others.
compare() {
	interface=$1 list=$2 last=$3 times=$4
	shift 4
	for mode in extended classic; do
		rm -f "$work"/*.log
		how='' cases=0 some=0
		[ $mode = extended ] || how=$without_bpf
		"$BPFSTATSD" -v -c 1000000000 -i "$interface" -e "$last" true \
		    2>"$work/control" &
		control=$!
		until_true 10 has ': counting' "$work/control"
		while read -r direction expression; do
			watch "$interface" "$direction" "$expression"
		done <<CASES
$list
CASES
		until_true 20 all_watch ||
		    not_ok "$interface: all programs count"
		has "$mode filter" "$work/1.log" ||
		    not_ok "$interface: $mode filter" "$(cat "$work/1.log")"
		"$@" || not_ok "$interface: the packets are sent"
		until_true 10 control_has_seen "$times" ||
		    not_ok "$interface: the last packet" \
		    "$(tail -n 2 "$work/control")"
		ask
		i=0
		while [ $i -lt "$cases" ]; do
			i=$((i + 1))
			judge "$interface" $i
		done
		kill "$control"
		ended "$control" 10
		control=''
		holds "$interface, $mode: $some of $cases cases had packets" \
		    [ "$some" -ge $((cases / 2)) ]
	done
}

experiment='ether proto 0x88b5'

# A frame from v0 arrives on v1 without its tag; a frame from v1 still has the
# tag.
compare v1 "$ethernet" "$experiment" 2 $bin/send_mix "$frames" v0 v1

real_packets() {
	$bin/send_mix "$frames" lo && ping -q -c 20 -i 0.01 127.0.0.1 >/dev/null &&
	    $bin/flood_udp 127.0.0.1 53 30 >/dev/null && $bin/flood lo 1 >/dev/null
}
# tcpdump sees no outgoing packets on loopback; -Q out is not compared there,
# nor below with "any".
on_lo=$(echo "$ethernet" | grep -v '^out')
compare lo "$on_lo" "$experiment" 2 real_packets


# A device whose other end is a program, which sends when it reads a line.
ask_device() {
	echo >&8
}

device_is_ready() {
	has ready "$work/device"
}

# with_device kind expressions last: compares on a tun, tap or ppp device.
with_device() {
	if [ ! -c /dev/net/tun ]; then
		ok "$1 # SKIP the kernel has no such link"
		return
	fi
	mkfifo "$work/line"
	$bin/send_mix -k "$1" "$frames" "$1"0 <"$work/line" >"$work/device" 2>&1 &
	device=$!
	exec 8>"$work/line"
	until_true 10 device_is_ready ||
	    not_ok "$1: the device" "$(cat "$work/device")"
	compare "$1"0 "$2" "$3" 2 ask_device
	exec 8>&-
	ended $device 10
	is "$status" 0 "$1: the sender has sent all packets"
	device=''
	rm "$work/line"
}
with_device tap "$ethernet" "$experiment"
with_device tun "$bare" 'ip proto 253'
# No PPP daemon runs; the kernel only knows the link type.
with_device ppp "$bare" 'ip proto 253'

# A bridge with two ports. Forwarded frames leave without their tag.
if ip link add br0 type bridge mcast_snooping 0 2>/dev/null; then
	ip link add far0 type veth peer name port0
	ip link add far1 type veth peer name port1
	for i in 0 1; do
		ip link set port$i master br0
		# With learning, the bridge would not return frames to the port
		# of their source.
		ip link set port$i type bridge_slave learning off
		ip link set port$i up
		ip link set far$i up
	done
	# The firewall ignores bridged packets.
	for file in /proc/sys/net/bridge/bridge-nf-call-*tables; do
		[ ! -e "$file" ] || echo 0 >"$file"
	done
	ip link set br0 up
	until_true 10 grep -q 3 /sys/class/net/br0/brif/port1/state
	compare br0 "$ethernet" "$experiment" 3 $bin/send_mix "$frames" far0 far1 br0
	compare port1 "$ethernet" "$experiment" 2 $bin/send_mix "$frames" far0 far1
	ip link del br0
else
	ok "bridge # SKIP the kernel has no such link"
fi

# A VLAN interface and the link below.
if ip link add link v1 name v1.100 type vlan id 100 2>/dev/null; then
	ip link set v1.100 up
	compare v1.100 "$ethernet" "$experiment" 1 $bin/send_mix "$frames" v1.100
	compare v1 "$ethernet" "vlan and $experiment" 1 $bin/send_mix "$frames" v1.100
	ip link del v1.100
else
	ok "vlan # SKIP the kernel has no such link"
fi

# "any": each packet of v0 is seen twice.
on_any="$bare
inout arp
in arp
inout ip proto 253"
compare any "$(echo "$on_any" | grep -Ev '^out|outbound')" "$experiment" 3 \
    $bin/send_mix "$frames" v0 lo
compare any "$(echo "$on_any" | grep -E '^out|outbound')" "$experiment" 2 \
    $bin/send_mix "$frames" v0

done_testing
