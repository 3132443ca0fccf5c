# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Functions for tests of recipes. The daemon's machine has the interface eth0
# with 192.0.2.2; the other end of the veth pair is a second machine with
# 192.0.2.1. A test reads the file after tests/lib/live.sh.
# shellcheck shell=sh disable=SC2034,SC2154

far=''
servers=''
daemon_program=$BPFSTATSD

# needs package program ...: skips the whole test when a program is missing.
needs() {
	package=$1
	shift
	for part; do
		command -v "$part" >/dev/null ||
		    skip_all "needs $part, of the Debian package $package"
	done
}

# far command ...: runs the command on the other machine.
far() {
	nsenter -t "$far" -n -- "$@"
}

in_its_network() {
	[ "$(readlink /proc/"$far"/ns/net)" != \
	    "$(readlink /proc/self/ns/net)" ]
}

reachable() {
	far ping -q -c 1 -W 1 192.0.2.2 >/dev/null
}

end_recipe() {
	for process in $servers $far; do
		kill "$process" 2>/dev/null
	done
	clean_up
}

# recipe_network: connects the two machines; called after own_network.
recipe_network() {
	unshare --net sleep 1000 &
	far=$!
	trap end_recipe EXIT
	until_true 5 in_its_network
	ip link set v0 netns "$far"
	far ip addr add 192.0.2.1/24 dev v0
	far ip link set v0 up
	ip link set v1 down
	ip link set v1 name eth0
	ip addr add 192.0.2.2/24 dev eth0
	ip link set eth0 up
	holds "the machines reach each other" until_true 10 reachable
}

# program file name: installs the program in /usr/local/sbin, as the recipe
# says; a tmpfs is mounted there for the test.
program() {
	[ -e /usr/local/sbin/.recipe ] || {
		mount -t tmpfs tmpfs /usr/local/sbin
		: >/usr/local/sbin/.recipe
	}
	install -m 755 "$1" "/usr/local/sbin/$2"
}

# logger_to_book: logger(1) of all users appends its arguments to $work/book.
logger_to_book() {
	cat >"$work/logger" <<LOGGER
#!/bin/sh
echo "\$*" >>"$work/book"
LOGGER
	chmod 755 "$work" "$work/logger"
	program "$work/logger" logger
	empty_book
}

empty_book() {
	: >"$work/book"
	chmod 666 "$work/book"
}

# book text: prints how many lines of the book end in the text.
book() {
	grep -c -- "$1\$" "$work/book" || :
}

# has_in_book text number: so many lines of the book, or more, end in the text.
has_in_book() {
	[ "$(book "$1")" -ge "$2" ]
}

# firewall recipe: loads the recipe's nftables rules twice; the second load
# replaces the first.
firewall() {
	for _ in 1 2; do
		nft -f "examples/$1/rules.nft" 2>"$work/rule" ||
		    skip_all "needs nftables: $(head -n 1 "$work/rule")"
	done
}

counts_all() {
	[ "$(lines ': counting')" -ge "$triggers" ]
}

# rules recipe [sed script]: starts the daemon with the recipe's rules file,
# changed by the script, and waits until each trigger counts.
rules() {
	sed -e "${2:-}" "examples/$1/bpfstatsd.conf" >"$work/conf"
	BPFSTATSD=$daemon_program
	triggers=$("$BPFSTATSD" -nv -f "$work/conf" | grep -c '^	')
	is "$("$BPFSTATSD" -n -f "examples/$1/bpfstatsd.conf" 2>&1)" '' \
	    "$1: the file has no error"
	start -f "$work/conf" || not_ok "$1 starts"
	until_true 10 counts_all || not_ok "$1: all counts" "$(cat "$log")"
}

# statistics rule: prints "packets events runs failures", or nothing if the log
# has no statistics of the rule yet.
statistics() {
	sed -n "s/^bpfstatsd: $1: packets \([0-9]*\),.* events \([0-9]*\),\
 runs \([0-9]*\), failures \([0-9]*\),.*/\1 \2 \3 \4/p" "$log" | tail -n 1
}

# ipv6_between: gives the machines 2001:db8::2 and (the other one) 2001:db8::1.
ipv6_between() {
	echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6
	ip -6 addr add 2001:db8::2/64 dev eth0 nodad
	far sh -c 'echo 0 >/proc/sys/net/ipv6/conf/v0/disable_ipv6'
	far ip -6 addr add 2001:db8::1/64 dev v0 nodad
}

reachable6() {
	far ping -q -c 1 -W 1 2001:db8::2 >/dev/null
}

# far_syns number: the other machine opens the given number of connections to
# port 9000, each from another port.
# shellcheck disable=SC2016
far_syns() {
	far perl -MSocket=:DEFAULT,SOCK_NONBLOCK -e '
		my $to = pack_sockaddr_in(9000, inet_aton("192.0.2.2"));
		for (1 .. $ARGV[0]) {
			socket(my $s, PF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)
			    or die $!;
			connect($s, $to) or $!{EINPROGRESS} or die $!;
		}' "$1"
}

# far_syns6 number: the same with IPv6.
# shellcheck disable=SC2016
far_syns6() {
	far perl -MSocket=:DEFAULT,SOCK_NONBLOCK,inet_pton,pack_sockaddr_in6 \
	    -e 'my $to = pack_sockaddr_in6(9000,
		    inet_pton(AF_INET6, "2001:db8::2"));
		for (1 .. $ARGV[0]) {
			socket(my $s, PF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0)
			    or die $!;
			connect($s, $to) or $!{EINPROGRESS} or die $!;
		}' "$1"
}

# listen_udp: receives datagrams for port 9000, so that the kernel sends no ICMP
# errors.
listen_udp() {
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(Proto => "udp", LocalPort => 9000)
		    or die $@;
		1 while sysread($s, my $packet, 2000);' &
	servers="$servers $!"
}

# far_udp number [address]: the other machine sends the given number of packets
# of 1442 bytes on the wire to port 9000, from its first or the given address.
# shellcheck disable=SC2016
far_udp() {
	far perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(Proto => "udp",
		    LocalAddr => $ARGV[1] // "192.0.2.1",
		    PeerAddr => "192.0.2.2:9000") or die $@;
		for (1 .. $ARGV[0]) {
			syswrite($s, "x" x 1400) or die $!;
		}' "$@"
}

# The sed script for a quota of 1 MB, which is checked often.
small_quota='s/every 1M/every 64K/; s/interval 1s/interval 50ms/
	s/^quota = .*/quota = 1M/'

# limited: true when the recipe of the quota has set its rate limit.
limited() {
	nft list chain inet monthly slow | grep -q 'limit rate over'
}

unlimited() {
	! limited
}

# dropped: prints the number of packets above the quota's rate limit.
dropped() {
	nft list chain inet monthly slow |
	    sed -n 's/.*counter packets \([0-9]*\) .*/\1/p'
}
