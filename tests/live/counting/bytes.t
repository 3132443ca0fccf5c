#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Byte counts: bytes equal the lengths on the wire that tcpdump shows for the
# same packets, or the firewall's own counter for a log group; every N bytes are
# an event.
. tests/lib/live.sh
own_network "$@"

frames=5000
every=10000

# listen interface: starts a tcpdump that writes $work/cap.interface.
listen() {
	: >"$work/tcpdump.$1"
	tcpdump -i "$1" -B 65536 -s 96 -U -w "$work/cap.$1" >/dev/null \
	    2>"$work/tcpdump.$1" &
	peers="$peers $!"
	until_true 10 grep -q 'listening on' "$work/tcpdump.$1"
}

# last_frame interface: tcpdump has written the end marker.
last_frame() {
	[ -n "$(tcpdump -r "$work/cap.$1" ether proto 0x88b6 2>/dev/null)" ]
}

# mark interface: sends the end marker.
mark() {
	perl -e 'socket(my $s, 17, 3, 0) or die $!;
	    send($s, "\xff" x 6 . "\2" . "\0" x 5 . "\x88\xb6" . "\0" x 46, 0,
		pack("S n i x12", 17, 0, $ARGV[0])) or die $!' \
	    "$(cat "/sys/class/net/$1/ifindex")"
}

# reached interface: waits until tcpdump has written the end marker.
reached() {
	until_true 10 last_frame "$1" || echo "# $1: the last frame is missing"
}

silence() {
	# shellcheck disable=SC2086
	kill -INT $peers
	for peer in $peers; do
		ended "$peer" 10
	done
	peers=''
	sed -n 's/^\(.* dropped by kernel\)/# tcpdump: \1/p' "$work"/tcpdump.*
}
peers=''
trap 'for peer in $peers $far; do kill "$peer" 2>/dev/null; done; clean_up' EXIT
far=''

# told interface [header]: prints "packets bytes" of tcpdump's file, without the
# header's bytes.
told() {
	perl -e 'open(my $f, "<:raw", $ARGV[0]) or die; my ($n, $sum) = (0, 0);
	    read($f, my $h, 24);
	    while (read($f, $h, 16) == 16) {
		    my (undef, undef, $kept, $len) = unpack("V4", $h);
		    read($f, my $d, $kept);
		    $n++;
		    $sum += $len - $ARGV[1];
	    }
	    print "$n $sum\n"' "$work/cap.$1" "${2:-0}"
}

bytes_reach() {
	sleep 0.1
	stats && bytes=$(value bytes) && [ "$bytes" -ge "$1" ]
}

# counted what wanted: the daemon's bytes are as wanted, and its events match.
counted() {
	until_true 10 bytes_reach "$2"
	is "$bytes" "$2" "$1: bytes"
	is "$events" $((bytes / every)) "$1: events"
	echo "# $line"
	stop
}

# Frames of many kinds and sizes: no VLAN tag, one, several; IPv6.
for interface in v1 lo; do
	listen $interface
	start -i $interface -b $every $bin/do_nothing
	like "$(cat "$log")" "$interface: counting, every 10000 bytes, ext" \
	    "$interface: the log says that bytes are counted"
	$bin/send_mix "$frames" v0 lo >/dev/null
	if [ $interface = lo ]; then
		mark lo
	else
		mark v0
	fi
	reached $interface
	silence
	# shellcheck disable=SC2046
	set -- $(told $interface)
	counted "$interface: $1 frames" "$2"
	is "$packets" "$1" "$interface: packets"
done
holds "some frames have VLAN tags" [ -n "$(tcpdump -r "$work/cap.v1" -c 1 vlan \
    2>/dev/null)" ]
holds "some frames are IPv6" [ -n "$(tcpdump -r "$work/cap.v1" -c 1 ip6 \
    2>/dev/null)" ]

# "any" counts the sum over all interfaces.
for interface in v0 v1 lo; do
	listen $interface
done
start -i any -b $every $bin/do_nothing
$bin/send_mix "$frames" v0 lo >/dev/null
mark lo
mark v0
for interface in v0 v1 lo; do
	reached $interface
done
silence
# shellcheck disable=SC2046
set -- $(for interface in v0 v1 lo; do told $interface; done |
    awk '{ n += $1; sum += $2 } END { print n, sum }')
counted "any: $1 frames" "$2"

# On "any" bytes count from the network header on; tcpdump's own header has 20.
listen any
start -i any -b $every -e 'icmp' $bin/do_nothing
ping -q -c 20 -i 0.01 -s 1000 127.0.0.1 >/dev/null
mark lo
reached any
silence
tcpdump -r "$work/cap.any" -w "$work/cap.icmp" icmp 2>/dev/null
# shellcheck disable=SC2046
set -- $(told icmp 20)
is "$2" $((40 * 1028)) "any, filter: bytes of 40 echoes in tcpdump's file"
counted "any, filter: $1 packets" "$2"

# A rule with a direction and a filter.
start -i v1 -b 60 -Q in -e 'ether proto 0x88b5' $bin/do_nothing
$bin/flood v0 1000 >/dev/null
$bin/flood v1 1000 >/dev/null
until_true 10 bytes_reach 60000
is "$bytes $events" "60000 1000" "direction and filter: bytes and events"
stop

# The command's environment.
# shellcheck disable=SC2016
start -i v1 -b 90 -o queue sh -c 'echo "$BPFSTATSD_EVENT $BPFSTATSD_EVENTS\
 $BPFSTATSD_COUNT"'
$bin/flood v0 3 >/dev/null
until_true 10 stats_reach runs 2
is "$(cat "$work/out")" 'every 1 90
every 1 90' "the command's environment has the bytes"
like "$(cat "$log")" ': every 90 bytes: pid [0-9]+ started: events 1, bytes 90,' \
    "the log has the bytes"
stop

# TCP in large buffers (GRO).
unshare --net sleep 1000 &
far=$!
until_true 5 sh -c "! [ /proc/$far/ns/net -ef /proc/self/ns/net ]"
ip link set v0 netns $far
nsenter -t $far -n sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
    ip addr add 192.0.2.1/24 dev v0; ip link set v0 up'
ip addr add 192.0.2.2/24 dev v1
ip link set v1 up
until_true 5 grep -q up /sys/class/net/v1/operstate
listen v1
start -i v1 -b $every $bin/do_nothing
sends_tcp "$far" 20
mark v1
reached v1
silence
# shellcheck disable=SC2046
set -- $(told v1)
counted "TCP: $1 buffers" "$2"
holds "TCP: 20 MiB arrive in few buffers" [ "$1" -lt 7000 ]
holds "TCP: $packets packets are counted" [ "$packets" -gt 14000 ]

# A log group: bytes equal the firewall's counter, IPv4 and IPv6.
if command -v nft >/dev/null && nft -f - <<-RULES
	table inet filter {
		counter logged { }
		chain input {
			type filter hook input priority filter
			udp dport 9000 counter name logged log group 1
		}
	}
	RULES
then
	echo 0 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
	start -i nflog:1 -b $every $bin/do_nothing
	for address in 127.0.0.1 ::1; do
		perl -MIO::Socket::IP -e '
			my $s = IO::Socket::IP->new(Proto => "udp",
			    PeerHost => $ARGV[0], PeerPort => 9000,
			    GetAddrInfoFlags => 0) or die;
			for (1 .. 500) {
				defined(send($s, "x" x ($_ * 3), 0)) ||
				    send($s, "x" x ($_ * 3), 0);
			}' $address
	done
	wanted=$(nft list counter inet filter logged |
	    sed -n 's/.*packets \([0-9]*\) bytes \([0-9]*\).*/\1 \2/p')
	echo "# the firewall: $wanted"
	is "${wanted% *}" 1000 "nflog: the firewall has logged all packets"
	counted nflog "${wanted#* }"
else
	ok "nflog # SKIP no nftables"
fi

# Other chains: packets that are not IP, have a wrong IP length, are longer than
# their netlink message, or are cut by a snap length. frames interface [hex
# length ...]: sends frames, padded to the length.
frames() {
	index=$(cat "/sys/class/net/$1/ifindex")
	shift
	perl -e 'socket(my $s, 17, 3, 0) or die $!;
	    my $to = pack("S n i x12", 17, 0, shift(@ARGV));
	    while (@ARGV) {
		    my ($hex, $len) = splice(@ARGV, 0, 2);
		    my $f = pack("H*", $hex);
		    send($s, $f . "\0" x ($len - length($f)), 0, $to) or die $!;
	    }' "$index" "$@"
}

# chain table hook rest: adds a firewall rule that logs all packets of the
# chain.
chain() {
	nft delete table "$1" logs 2>/dev/null
	nft -f - <<-RULES
		table $1 logs {
			counter logged { }
			chain c {
				type filter hook $2 priority 0
				counter name logged log group 3 $3
			}
		}
	RULES
}

# as_logged title table packets: the daemon's bytes equal the firewall's
# counter.
as_logged() {
	wanted=$(nft list counter "$2" logs logged |
	    sed -n 's/.*packets \([0-9]*\) bytes \([0-9]*\).*/\1 \2/p')
	holds "$1: the firewall has logged ${wanted% *}, ${wanted#* } bytes" \
	    [ "${wanted% *}" -ge "$3" ]
	counted "$1" "${wanted#* }"
	nft delete table "$2" logs
}

# log_group: starts a daemon that counts the log group.
log_group() {
	start -i nflog:3 -b $every $bin/do_nothing
}

mac=ffffffffffff020000000001
arp=${mac}08060001080006040001020000000001c0000201000000000000c0000202
wake=${mac}0842ffffffffffff020000000002020000000002020000000002
v4=${mac}08004500002800000000401100007f0000017f000001
v4_lies=${mac}08004500ffff00000000401100007f0000017f000001
v6=${mac}86dd600000000008113f
v6_lies=${mac}86dd60000000ffff113f
v4_of_arp=${mac}08064500ffff00000000401100007f0000017f000001

# others interface: sends frames of all these kinds.
others() {
	set -- "$1" "$1"
	for frame in $arp $wake $v4 $v4_lies $v6 $v6_lies $v4_of_arp; do
		set -- "$@" "$frame" 60 "$frame" 300
	done
	shift
	frames "$@" "$arp" 42 "$wake" 24
}

if [ -n "$(command -v nft)" ] && chain inet input; then
	ip link set v0 netns $$ 2>/dev/null || nsenter -t $far -n \
	    ip link set v0 netns $$
	ip link set v0 up
	until_true 5 grep -q up /sys/class/net/v1/operstate

	chain arp input
	log_group
	like "$(cat "$log")" 'nflog:3: .* not IP counts as at most 9216 bytes' \
	    "nflog: the log names the limit of packets that are not IP"
	frames v0 "$arp" 42 "$arp" 60
	until_true 5 stats_reach packets 2
	as_logged "nflog, arp" arp 2

	for way in 'ingress device v1' 'egress device v0'; do
		chain netdev "$way"
		log_group
		others v0
		until_true 5 stats_reach packets 16
		as_logged "nflog, netdev $way" netdev 16
	done

	# Packets longer than their message, in large buffers.
	for way in 'ingress device v1' 'egress device v0'; do
		chain netdev "$way"
		log_group
		sends v0 -p
		for kind in plain ipv6 uso; do
			echo $kind >&8
		done
		exec 8>&-
		wait $sender
		until_true 5 stats_reach packets 3
		as_logged "nflog, large buffers, $way" netdev 3
	done

	# The firewall rule cuts the packet in the message.
	chain inet input 'snaplen 24'
	log_group
	ping -q -c 10 -i 0.01 -s 1000 127.0.0.1 >/dev/null
	ping -q -c 10 -i 0.01 -s 4 127.0.0.1 >/dev/null
	ping -q -c 10 -i 0.01 -s 9300 ::1 >/dev/null
	until_true 5 stats_reach packets 60
	as_logged "nflog, inet, snaplen 24" inet 60
else
	ok "nflog, other chains # SKIP no nftables"
fi

# Without CAP_BPF bytes cannot be counted; the daemon refuses to start.
for interface in v1 nflog:2; do
	status=0
	setpriv --bounding-set -bpf,-sys_admin "$BPFSTATSD" -i $interface \
	    -b 10 true >"$work/out" 2>&1 || status=$?
	is "$status $(wc -l <"$work/out")" "1 1" \
	    "$interface, no CAP_BPF: exit 1, one line"
	like "$(cat "$work/out")" "^bpfstatsd: $interface: .*only the extended \
filter counts bytes: that needs CAP_BPF and Linux 5.12" \
	    "$interface, no CAP_BPF: the message names the reason"
done
done_testing
