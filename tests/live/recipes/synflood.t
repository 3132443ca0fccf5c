#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# examples/synflood: the firewall blocks a source that opens too many
# connections until the source is calm; another client can still connect.
. tests/lib/live.sh
own_network "$@"
. tests/lib/recipe.sh

needs nftables nft
needs iputils-ping ping
needs perl perl
recipe_network

# A second client, on another interface.
unshare --net sleep 1000 &
other=$!
servers=$other
other_is_apart() {
	[ "$(readlink /proc/$other/ns/net)" != \
	    "$(readlink /proc/self/ns/net)" ]
}
until_true 5 other_is_apart
ip link add eth1 type veth peer name w0 netns $other
ip addr add 198.51.100.2/24 dev eth1
ip link set eth1 up
nsenter -t $other -n ip addr add 198.51.100.1/24 dev w0
nsenter -t $other -n ip link set w0 up

perl -MIO::Socket::INET -e '
	my $l = IO::Socket::INET->new(Listen => 1024, ReuseAddr => 1,
	    LocalPort => 9000) or die $@;
	while (my $s = $l->accept()) { close $s; }' &
servers="$servers $!"

other() {
	nsenter -t $other -n -- "$@"
}

# connects far|other address: the client connects within 2 seconds.
# shellcheck disable=SC2016
connects() {
	$1 perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(
		PeerAddr => "$ARGV[0]:9000", Timeout => 2)' "$2"
}

# dropped: prints the number of packets from blocked IPv4 addresses.
dropped() {
	nft list chain inet synflood input |
	    sed -n 's/.*@blocked counter packets \([0-9]*\) .*/\1/p'
}

# in_set set address: the firewall's set has the address.
in_set() {
	nft list set inet synflood "$1" | grep -qF " $2 "
}

not_in_set() {
	! in_set "$@"
}

# blocks set source command: the command's flood blocks the source.
blocks() {
	$3 600
	until_true 10 in_set "$1" "$2"
}

# Starts the recipe with a short calm.
synflood() {
	rules synflood 's/calm 10m/calm 3s/; s/interval 1m/interval 1s/'
}

# A source becomes calm when the test is slow, so these floods are repeated.
#
# drops: the firewall drops a continuing flood.
drops() {
	before=$(dropped)
	far_syns 600
	[ "$(dropped)" -ge $((before + 600)) ]
}

# shows number: a continuing flood is logged so many times.
shows() {
	far_syns 600
	has_in_book '192.0.2.1 opens too many connections: blocked' "$1"
}

# apart, apart6: the source of a continuing flood cannot connect.
apart() {
	far_syns 600
	! connects far 192.0.2.2
}
apart6() {
	far_syns6 600
	! reachable6
}

# many: a flood of any sources is logged.
many() {
	far_syns 5000
	has_in_book '-t synflood 5000 new connections within 10 seconds' 1
}

logger_to_book
program examples/synflood/block synflood-block
firewall synflood
synflood

holds 'a client can connect' until_true 10 connects far 192.0.2.2
holds 'another client can connect' until_true 10 connects other 198.51.100.2
far_syns 300
stats_reach packets 300
is "$(statistics synflood | cut -d ' ' -f 2,3) $(cat "$work/book")" '0 0 ' \
    '300 SYNs have no event'
holds '600 SYNs block the source' blocks blocked 192.0.2.1 far_syns
until_true 10 [ -s "$work/book" ]
is "$(head -n 1 "$work/book")" \
    '-p daemon.warning -t synflood 192.0.2.1 opens too many connections: blocked' \
    'the log has the source'
holds 'the other client can still connect' connects other 198.51.100.2
holds 'the continuing flood is dropped' until_true 10 drops
holds 'the continuing flood is logged again' until_true 10 shows 2
holds 'the source can no longer connect' until_true 10 apart
holds 'the calm source is unblocked' until_true 30 not_in_set blocked 192.0.2.1
holds 'the log has the calm' until_true 10 has_in_book \
    '192.0.2.1 is calm: unblocked' 1
holds 'the calm source can connect' until_true 10 connects far 192.0.2.2
holds 'another flood blocks the source again' blocks blocked 192.0.2.1 far_syns
is "$(grep -v -e ' 192.0.2.1 ' -e ' 5000 new connections ' "$work/book")" '' \
    'the log has no other source'

# The same with IPv6, where a source is a /64 network, and while the IPv4
# address is blocked.
ipv6_between
holds 'an IPv6 client can connect' until_true 10 reachable6
stats
counted=$packets
far_syns6 600
until_true 5 stats_reach packets $((counted + 600))
is $((packets - counted)) 600 'each IPv6 SYN counts'
holds 'the IPv6 network is blocked' until_true 10 in_set blocked6 2001:db8::
far ip -6 addr add 2001:db8::3/64 dev v0 nodad
far ip -6 addr del 2001:db8::1/64 dev v0
holds 'another address of the network is blocked, too' until_true 10 apart6
holds 'the calm IPv6 network is unblocked' \
    until_true 30 not_in_set blocked6 2001:db8::
holds 'the calm IPv6 client can connect' until_true 10 reachable6
holds 'the log has the calm IPv6 network' \
    until_true 10 has_in_book '2001:db8::/64 is calm: unblocked' 1
is "$(grep -F 2001: "$work/book" | cut -d ' ' -f 5 | sort -u)" 2001:db8::/64 \
    'the log has no IPv6 address'
until_true 30 not_in_set blocked 192.0.2.1

# A client that offers ECN sets two more flags in its SYN.
far sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_ecn'
for how in far_syns far_syns6; do
	stats
	counted=$packets
	$how 10
	until_true 5 stats_reach packets $((counted + 10))
	is $((packets - counted)) 10 "$how: SYNs that offer ECN count"
done
far sh -c 'echo 2 >/proc/sys/net/ipv4/tcp_ecn'

# A trusted network is never blocked.
nft add element inet synflood trusted '{ 192.0.2.0/24 }'
had=$(book '192.0.2.1 is calm: unblocked')
before=$(dropped)
holds 'a flood from a trusted network is found' \
    blocks blocked 192.0.2.1 far_syns
far_syns 10
is "$(dropped)" "$before" 'a flood from a trusted network is not dropped'
holds 'a trusted client can connect' connects far 192.0.2.2

# Loading the rules again unblocks a source; no run fails for that reason.
firewall synflood
holds 'a source that is not blocked any more is unblocked' until_true 30 \
    has_in_book '192.0.2.1 is calm: unblocked' $((had + 1))

# Many connections of any sources.
holds 'a flood of any sources is logged' until_true 10 many
until_true 30 has_in_book '192.0.2.1 is calm: unblocked' $((had + 2))
stats
is "$failures" 0 'no run failed'

# A restart: bpfstatsd does not know which sources are blocked, and the rules
# unblock them.
holds 'before a restart: blocked' blocks blocked 192.0.2.1 far_syns
stop
firewall synflood

# Commands keep the capability they need in a container with no-new-privileges.
WRAP='setpriv --no-new-privs --bounding-set -all,+net_admin,+net_raw,+bpf'
synflood
holds 'no_new_privs, after the restart: connects' connects far 192.0.2.2
holds 'no_new_privs: a flood blocks the source' blocks blocked 192.0.2.1 far_syns
holds 'no_new_privs: the calm source is unblocked' \
    until_true 30 not_in_set blocked 192.0.2.1
stop
done_testing
