#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# examples/synflood: the firewall drops a sender that opens too many
# connections; another client can still connect.
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

# dropped: prints the number of packets from blocked senders.
dropped() {
	nft list chain inet synflood input |
	    sed -n 's/.*@blocked counter packets \([0-9]*\) .*/\1/p'
}

blocked() {
	nft list set inet synflood blocked | grep -Eo '192.0.2.1 timeout [^ ]*'
}

book_has() {
	[ "$(grep -c . "$work/book")" -ge "$1" ]
}

# told number: a continuing flood has caused the given number of alerts.
told() {
	far_syns 600
	book_has "$1"
}

cat >"$work/logger" <<LOGGER
#!/bin/sh
echo "\$*" >>"$work/book"
LOGGER
chmod 755 "$work/logger"
: >"$work/book"
export LOGGER="$work/logger"

program examples/synflood/block synflood-block
firewall synflood
rules synflood 's/interval 10s/interval 1s/'

holds 'a client can connect' until_true 10 connects far 192.0.2.2
holds 'another client can connect' until_true 10 connects other 198.51.100.2
far_syns 300
stats_reach packets 300
is "$(statistics synflood | cut -d ' ' -f 2,3) $(blocked)" '0 0 ' \
    '300 SYNs cause no alert'

far_syns 500
holds '500 more SYNs cause an alert' until_true 10 book_has 1
is "$(cat "$work/book")" \
    '-p daemon.warning -t synflood too many new connections, 1 senders blocked for 10m' \
    'the alert has the number of senders'
is "$(blocked)" '192.0.2.1 timeout 10m' 'the sender is blocked'
if connects far 192.0.2.2; then
	not_ok 'the sender can no longer connect'
else
	ok 'the sender can no longer connect'
fi
holds 'the other client can connect' connects other 198.51.100.2
before=$(dropped)
far_syns 800
holds 'the continuing flood is dropped' \
    [ "$(dropped)" -ge "$((before + 800))" ]
holds 'the continuing flood causes another alert' until_true 10 told 2
holds 'the other client can still connect' connects other 198.51.100.2

# The same with IPv6, where a sender is a /64 network.
ipv6_between
holds 'an IPv6 client can connect' until_true 10 reachable6
stats
counted=$packets
far_syns6 600
until_true 5 stats_reach packets $((counted + 600))
is $((packets - counted)) 600 'each IPv6 SYN counts'
blocked6() {
	nft list set inet synflood blocked6 |
	    grep -o '2001:db8:: timeout 10m'
}
# An alert within the interval is dropped; the next flood causes another.
blocked6_at_last() {
	blocked6 >/dev/null || { far_syns6 600 && blocked6 >/dev/null; }
}
holds 'the IPv6 sender is blocked' until_true 10 blocked6_at_last
if reachable6; then
	not_ok 'the network of the IPv6 sender is blocked'
else
	ok 'the network of the IPv6 sender is blocked'
fi

# A client that offers ECN sets two more flags in its SYN.
far sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_ecn'
nft flush set inet synflood blocked
nft flush set inet synflood blocked6
for how in far_syns far_syns6; do
	stats
	counted=$packets
	$how 10
	until_true 5 stats_reach packets $((counted + 10))
	is $((packets - counted)) 10 "$how: SYNs that offer ECN count"
done
far sh -c 'echo 2 >/proc/sys/net/ipv4/tcp_ecn'

# A trusted network is never blocked.
for set in blocked blocked6 seen seen6; do
	nft flush set inet synflood $set
done
nft add element inet synflood trusted '{ 192.0.2.0/24 }'
had=$(grep -c . "$work/book")
holds 'a flood from a trusted network causes an alert' \
    until_true 10 told $((had + 1))
is "$(tail -n 1 "$work/book" | grep -o '[0-9]* senders') $(blocked)" \
    '0 senders ' 'no trusted sender is blocked'
holds 'a trusted client can connect' connects far 192.0.2.2
stats
is "$failures" 0 'no run failed'
stop

# Commands keep the capability they need in a container with no-new-privileges.
firewall synflood
WRAP='setpriv --no-new-privs --bounding-set -all,+net_admin,+net_raw,+bpf'
rules synflood 's/interval 10s/interval 1s/'
far_syns 600
is_blocked() {
	[ -n "$(blocked)" ]
}
holds 'no_new_privs: the sender of a flood is blocked' until_true 10 is_blocked
stop
done_testing
