#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The small recipes in examples/: with their own firewall rules and real
# packets, their command runs as often as it should.
. tests/lib/live.sh
own_network "$@"
. tests/lib/recipe.sh

needs nftables nft
needs iputils-ping ping
needs perl perl
recipe_network

logger_to_book

# recipe name [variable=value]: starts the recipe with an empty book.
recipe() {
	empty_book
	BPFSTATSD=examples/$1/run
	WRAP="env BPFSTATSD=$daemon_program LOGGER=$work/logger"
	WRAP="$WRAP BOOK=$work/book ${2:-}"
	start -v || not_ok "$1 starts"
}

# with_rules name command ...: runs check_NAME with the firewall rules that the
# command loads.
with_rules() {
	about="$1, $2"
	check=check_$1
	shift
	if ! command -v "$1" >/dev/null; then
		ok "$about # SKIP needs $1"
	elif ! "$@" 2>"$work/rule"; then
		ok "$about # SKIP the message is $(head -n 1 "$work/rule")"
	else
		$check
	fi
	nft flush ruleset
}

check_dropped() {
	recipe dropped EVERY=0
	far $bin/flood_udp 192.0.2.2 9000 99 >/dev/null
	far ping -q -c 10 -i 0.01 192.0.2.2 >/dev/null
	until_true 5 stats_reach packets 99
	is "$packets $runs" "99 0" "$about: 99 dropped, 10 pings let in, no run"
	far $bin/flood_udp 192.0.2.2 9000 1 >/dev/null
	until_true 5 stats_reach runs 1
	far $bin/flood_udp 192.0.2.2 9000 150 >/dev/null
	until_true 5 stats_reach runs 2
	is "$packets $runs $failures" "250 2 0" "$about: 250 dropped, 2 runs"
	stop
	is "$(book 'the firewall has dropped 100 packets')" 2 \
	    "$about: the log has both messages"
}

# connect number: opens connections one after the other, each from another port.
connect() {
	# shellcheck disable=SC2016
	far perl -MIO::Socket::INET -e 'for (1 .. $ARGV[0]) {
		IO::Socket::INET->new(PeerAddr => "192.0.2.2:22") or die $@;
	}' "$1"
}

listens() {
	grep -q '^ *[0-9]*: [0-9A-F]*:0016 00000000:0000 0A' /proc/net/tcp
}

check_ssh() {
	recipe ssh
	connect 25
	until_true 10 stats_reach runs 2
	is "$packets $runs $failures" "25 2 0" \
	    "$about: 25 connections, 2 runs"
	connect 5
	until_true 10 stats_reach runs 3
	is "$packets $runs $failures" "30 3 0" "$about: 5 more, another run"
	stop
	is "$(wc -l <"$work/book")" 3 "$about: a line in the log for each run"
	is "$(book ' 30')" 1 \
	    "$about: the last line has the number of connections"
}

check_dns() {
	recipe dns
	far $bin/flood_udp 192.0.2.2 53 2999 >/dev/null
	far $bin/flood_udp 192.0.2.2 54 500 >/dev/null
	until_true 10 stats_reach runs 2
	is "$packets $runs $failures" "2999 2 0" "dns: 2999 queries, 2 runs"
	far $bin/flood_udp 192.0.2.2 53 1 >/dev/null
	until_true 10 stats_reach runs 3
	stop
	is "$(book '1000 DNS queries')" 3 \
	    "dns: one more query, a third line in the log"
}

# The same recipe with the three triggers of its rules file.
check_dns_rules() {
	empty_book
	WRAP=
	rules dns 's/idle 5m/idle 2s/'
	far $bin/flood_udp 192.0.2.2 53 2999 >/dev/null
	far $bin/flood_udp 192.0.2.2 54 500 >/dev/null
	until_true 10 has_in_book '1000 DNS queries' 2
	holds "dns: idle event after the last query" \
	    until_true 10 has_in_book 'no DNS query for 5 minutes' 1
	is "$(book 'a flood of DNS queries')" 0 "dns: no flood yet"
	far $bin/flood_udp 192.0.2.2 53 5001 >/dev/null
	holds "dns: a flood is logged" \
	    until_true 10 has_in_book 'a flood of DNS queries' 1
	holds "dns: each 1000 queries of the flood are logged" \
	    until_true 10 has_in_book '1000 DNS queries' 8
	kill -USR1 "$daemon"
	until_true 10 grep -q 'dns: packets' "$log"
	like "$(statistics dns)" '^8000 ([0-9]+) \1 0$' \
	    "dns: a run for each event, of 8000 queries"
	stop
}

# own_rules recipe [sed script]: starts the recipe's rules file with an empty
# book; the frames of tests/tools/flood come from 02:00:00:00:00:00.
own_rules() {
	empty_book
	WRAP=
	rules "$1" "s/:01\"/:00\"/; ${2:-}"
}

# counted rule packets: asks for statistics; true if the rule has that many.
counted() {
	kill -USR1 "$daemon"
	[ "$(statistics "$1" | cut -d ' ' -f 1)" = "$2" ]
}

check_button() {
	own_rules button 's/interval 10s/interval 1h/'
	far $bin/flood v0 3 >/dev/null
	far $bin/flood_udp 192.0.2.2 9 3 >/dev/null
	until_true 10 has_in_book 'the button is pressed' 1
	until_true 10 has_in_book 'a magic packet' 1
	for rule in button magic; do
		until_true 10 counted $rule 3
		is "$(statistics $rule)" '3 3 1 0' \
		    "button: three packets for $rule, one run"
		like "$(grep "^bpfstatsd: $rule: packets" "$log" | tail -n 1)" \
		    'waiting 0' "button: no run follows for $rule"
	done
	stop
}

last_in_book() {
	[ "$(tail -n 1 "$work/book")" = "$1" ]
}

check_suspend() {
	own_rules suspend 's/systemctl suspend/logger suspends/; s/15m/2s/'
	holds "suspend: no traffic after the start" \
	    until_true 10 has_in_book suspends 1
	far $bin/flood_udp 192.0.2.2 9000 999 >/dev/null
	until_true 10 counted suspend 999
	is "$(book suspends)" 1 "suspend: 999 packets are low traffic"
	far $bin/flood_udp 192.0.2.2 9000 1000 >/dev/null
	holds "suspend: traffic has risen and fallen" \
	    until_true 10 has_in_book suspends 2
	stop
}

check_game() {
	own_rules game 's/systemctl start game.service/logger starts/
	    s/systemctl stop game.service/logger stops/; s/15m/2s/'
	holds "game: stopped while nobody plays" \
	    until_true 10 has_in_book stops 1
	far $bin/flood_udp 192.0.2.2 27015 19 >/dev/null
	until_true 10 counted game 19
	is "$(book starts)" 0 "game: a scanner does not start the server"
	for players in 1 2; do
		# The second player leaves early.
		far $bin/flood_udp 192.0.2.2 27015 $((200 / players / players)) \
		    >/dev/null
		holds "game: player $players starts the server" \
		    until_true 10 has_in_book starts $players
		holds "game: the server stops when player $players has left" \
		    until_true 10 has_in_book stops $((players + 1))
		holds "game: the stop is the last command" last_in_book stops
	done
	stop
}

# waits_for_ping name noise command ...: the recipe ignores the noise, prints a
# line at the first ping and ends.
waits_for_ping() {
	about=$1 noise=$2
	shift 2
	: >"$log"
	"$@" >"$work/said" 2>"$log" &
	daemon=$!
	until_true 10 grep -q ': counting' "$log"
	# shellcheck disable=SC2086
	far $noise >/dev/null
	holds "$about: waits during other packets" kill -0 $daemon
	is "$(cat "$work/said")" "" "$about: prints nothing before"
	far ping -q -c 1 192.0.2.2 >/dev/null
	ended $daemon 10
	daemon=
	is "$status $(cat "$work/said")" "0 up" "$about: ends at the first ping"
}

check_ping() {
	export BPFSTATSD="$daemon_program"
	# The noise causes outgoing ICMP errors, because no program listens
	# there.
	waits_for_ping ping "$bin/flood_udp 192.0.2.2 54 10" examples/ping/run -v
	# The portable command line; only -v is added, to see when the daemon
	# counts.
	# shellcheck disable=SC2016
	waits_for_ping 'ping, in a line' "$bin/flood v0 10" sh -c \
	    '"$0" -v -z -c 1 -e icmp -i eth0 true && echo up' "$BPFSTATSD"
}

# shellcheck disable=SC2016
perl -MIO::Socket::INET -e '
	my $l = IO::Socket::INET->new(Listen => 64, ReuseAddr => 1,
	    LocalAddr => "192.0.2.2:22") or die;
	while (my $s = $l->accept()) { print $s "SSH-2.0-test\n"; }' &
servers=$!
holds "a server listens for SSH" until_true 10 listens

for name in dropped ssh; do
	with_rules $name nft -f examples/$name/rules.nft
	with_rules $name iptables-restore --noflush \
	    examples/$name/rules.iptables
done
check_dns
check_dns_rules
check_button
check_suspend
check_game
check_ping
done_testing
