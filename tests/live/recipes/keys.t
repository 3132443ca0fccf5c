#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Recipes in examples/ that count by key, with real packets: device, phone,
# portscan and hosts.
. tests/lib/live.sh
own_network "$@"
. tests/lib/recipe.sh

needs nmap nmap
needs iputils-ping ping
needs perl perl
recipe_network
logger_to_book

# recipe name [sed script]: starts the recipe with an empty book.
recipe() {
	empty_book
	rules "$@"
}

# far_device byte: the other machine takes the hardware address of another
# device, which ends in the byte, and sends pings.
far_device() {
	far ip link set v0 address "02:00:00:00:00:$1"
	until_true 10 reachable
}

# in_book line ...: the book has these lines and no others.
in_book() {
	[ "$(cat "$work/book")" = "$(printf '%s\n' "$@")" ]
}

#
# A new device on the network.
#
mkdir -m 777 "$work/state"
program examples/device/greet device-greet
known="s,^known = .*,known = $work/state/devices,"
new='-p daemon.notice -t device new device: 02:00:00:00:00'
far_device 0a
recipe device "$known"
far_device 0a
holds 'device: the first device' until_true 10 in_book "$new:0a"
far_device 0b
holds 'device: the second device' until_true 10 in_book "$new:0a" "$new:0b"
far_device 0a
stats_reach packets 5
is "$(statistics device | cut -d ' ' -f 2-)" '2 2 0' \
    'device: a known device has no run'
stop
recipe device "$known"
far_device 0b
holds 'device: after a restart the known device has a run' \
    until_true 10 stats_reach runs 1
far_device 0c
holds 'device: after a restart only a new device is logged' \
    until_true 10 in_book "$new:0c"
is "$(tr '\n' ' ' <"$work/state/devices")" \
    "$(printf '02:00:00:00:00:%s ' 0a 0b 0c)" 'device: the known devices'
stats
is "$failures" 0 'device: no run failed'
stop

#
# Phones.
#
# leaves phone other: the phone leaves while the other one sends.
leaves() {
	reachable
	has_in_book "phone 02:00:00:00:00:$1 leaves" "$2"
}
phone='phone 02:00:00:00:00'

far_device 02
recipe phone 's/15m/2s/'
far_device 09
far_device 02
holds 'phone: the first phone arrives' \
    until_true 10 has_in_book "$phone:02 arrives" 1
far_device 03
holds 'phone: the second phone arrives' \
    until_true 10 has_in_book "$phone:03 arrives" 1
holds 'phone: the first phone leaves' until_true 20 leaves 02 1
far_device 02
holds 'phone: the first phone is back' \
    until_true 10 has_in_book "$phone:02 arrives" 2
for id in 02 03; do
	holds "phone: phone $id leaves" \
	    until_true 20 has_in_book "$phone:$id leaves" $((4 - ${id#0}))
	grep -F "$phone:$id" "$work/book" >"$work/visits"
	is "$(uniq "$work/visits")" "$(cat "$work/visits")" \
	    "phone: arrivals and departures of phone $id alternate"
done
is "$(grep -vc "^$phone:0[23] [a-z]*\$" "$work/book")" 0 \
    'phone: another device is not logged'
stats
is "$failures" 0 'phone: no run failed'
stop

#
# A port scan. Linux answers SYNs to closed ports at once.
#
# syns address port number: opens connections to the port, or, if it is 1, to
# as many ports as connections.
# shellcheck disable=SC2016
syns() {
	far perl -MIO::Socket::INET -e 'for (1 .. $ARGV[2]) {
		IO::Socket::INET->new(LocalAddr => $ARGV[0], PeerAddr =>
		    "192.0.2.2:" . ($ARGV[1] == 1 ? $_ : $ARGV[1]));
	}' "$@"
}
scan() {
	far nmap -n -Pn -p 1-200 "$@" >/dev/null
}

far ip addr add 192.0.2.3/24 dev v0
recipe portscan
syns 192.0.2.3 443 100
syns 192.0.2.3 1 19
until_true 10 stats_reach packets 19
is "$(statistics portscan)" '19 0 0 0' \
    'portscan: a few closed ports and many connections to a service are no scan'
scan 192.0.2.2
holds 'portscan: the scanner is logged' until_true 10 in_book \
    '192.0.2.1 tries many ports'
syns 192.0.2.3 50 1
holds 'portscan: another port, and the other source is logged, too' \
    until_true 10 in_book '192.0.2.1 tries many ports' \
    '192.0.2.3 tries many ports'
ipv6_between
until_true 10 reachable6
scan -6 -sT 2001:db8::2
scan 192.0.2.2
holds 'portscan: an IPv6 scanner is logged with the network' \
    until_true 10 in_book '192.0.2.1 tries many ports' \
    '192.0.2.3 tries many ports' '2001:db8::/64 tries many ports'
until_true 10 at_rest
is "$(grep -c . "$work/book")" 3 'portscan: a line for each source'
stats
is "$failures" 0 'portscan: no run failed'
stop

#
# Bytes of each host. A packet of 1400 bytes has 1442 on the wire.
#
# bytes address verb: prints the bytes in the last line for the address.
bytes() {
	sed -n "s/^$1 has $2 \([0-9]*\) bytes\$/\1/p" "$work/book" | tail -n 1
}

listen_udp
recipe hosts 's/1G/64K/'
far_udp 50
far_udp 40 192.0.2.3
far_udp 50
holds 'hosts: 144,200 bytes are two times 64 KB' \
    until_true 10 has_in_book '192.0.2.1 has sent [0-9]* bytes' 2
like "$(bytes 192.0.2.1 sent)" '^1[34][0-9]{4}$' 'hosts: the bytes so far'
is "$(book '192.0.2.3 has sent [0-9]* bytes')" 0 \
    'hosts: 57,680 bytes of another host have no line'
far_udp 10 192.0.2.3
holds 'hosts: 72,100 bytes of the other host have a line' \
    until_true 10 has_in_book '192.0.2.3 has sent [0-9]* bytes' 1
like "$(bytes 192.0.2.3 sent)" '^(6[5-9]|7[0-2])[0-9]{3}$' \
    'hosts: the bytes of the other host so far'
is "$(grep -c received "$work/book")" 0 'hosts: no host has received as much'
# shellcheck disable=SC2016
perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(Proto => "udp",
	    PeerAddr => "192.0.2.3:9000") or die $@;
	syswrite($s, "x" x 1400) for 1 .. 200;'
holds 'hosts: the receiver is logged' \
    until_true 10 has_in_book '192.0.2.3 has received [0-9]* bytes' 1
is "$(grep -c '192.0.2.1 has received' "$work/book")" 0 \
    'hosts: the other host has not received as much'
stop
done_testing
