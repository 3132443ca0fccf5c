#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# examples/camera with real parts: a firewall rule logs each new connection, the
# daemon runs curl, and the broker delivers one message per connection. Then
# examples/camera/plug, which switches the plug off again, and bpfstatsd.conf.
. tests/lib/live.sh
own_network "$@"

for part in nft mosquitto mosquitto_sub mosquitto_pub curl; do
	command -v $part >/dev/null || skip_all "needs $part"
done
curl --version | grep -qw mqtt || skip_all "needs a curl with MQTT"

broker='' listener='' subscriber=''

end_all() {
	for process in $broker $listener $subscriber; do
		kill "$process" 2>/dev/null
	done
	clean_up
}
trap end_all EXIT

received() {
	grep -c "^$1\$" "$work/received" || :
}

on='camera/plug/set {"state": "ON"}'
off='camera/plug/set {"state": "OFF"}'

# has_received number: at least the given number of "on" messages have arrived.
has_received() {
	[ "$(received "$on")" -ge "$1" ]
}

# has_off number: at least the given number of "off" messages have arrived.
has_off() {
	[ "$(received "$off")" -ge "$1" ]
}

# heard: prints the messages after the first $before lines.
heard() {
	sed -n "$((before + 1)),\$s/^camera.plug.*: \"\(.*\)\"}/\1/p" \
	    "$work/received" | tr '\n' ' '
}

# subscribed: the subscriber has received a message, so it will receive all
# later ones.
subscribed() {
	timeout 5 mosquitto_pub -h 127.0.0.1 -t camera/test -m hello 2>/dev/null &&
	    [ "$(received 'camera/test hello')" -ge 1 ]
}

listens() {
	grep -q '^ *[0-9]*: 0100007F:2328 00000000:0000 0A' /proc/net/tcp
}

# connect number: opens connections one after the other, each from another port.
connect() {
	perl -MIO::Socket::INET -e 'for (1 .. $ARGV[0]) {
		IO::Socket::INET->new(PeerAddr => "127.0.0.1:9000") or die $@;
	}' "$1"
}

cat >"$work/mosquitto.conf" <<CONF
listener 1883 127.0.0.1
allow_anonymous true
persistence false
CONF
mosquitto -c "$work/mosquitto.conf" >"$work/broker" 2>&1 &
broker=$!
holds "the broker answers" until_true 10 timeout 5 mosquitto_pub -h 127.0.0.1 -t x -m x \
    2>/dev/null
mosquitto_sub -h 127.0.0.1 -t 'camera/#' -v >"$work/received" &
subscriber=$!
holds "the subscriber receives messages" until_true 10 subscribed
perl -MIO::Socket::INET -e '
	my $l = IO::Socket::INET->new(Listen => 64, ReuseAddr => 1,
	    LocalAddr => "127.0.0.1:9000") or die;
	my @all;
	while (my $s = $l->accept()) {
		syswrite($s, "picture\n");
		push @all, $s;
	}' &
listener=$!
holds "the camera listens" until_true 10 listens

daemon_program=$BPFSTATSD
WRAP="env BPFSTATSD=$BPFSTATSD BROKER=127.0.0.1"

# recipe name command ...: runs the recipe with the firewall rule that the
# command adds.
recipe() {
	name=$1
	shift
	if ! "$@" 2>"$work/rule"; then
		ok "$name: # SKIP $* says $(head -n 1 "$work/rule")"
		return
	fi
	had=$(received "$on")
	BPFSTATSD=examples/camera/run
	start -v || not_ok "$name: the daemon starts"
	for i in 1 2 3; do
		connect 1
		until_true 10 has_received $((had + i)) ||
		    not_ok "$name: connection $i" "$(cat "$log")"
	done
	connect 20
	until_true 20 has_received $((had + 23))
	stats_reach runs 23
	is "$packets $events $runs $failures" "23 23 23 0" \
	    "$name: packets, events, runs, failures"
	stop
	is "$(received "$on")" $((had + 23)) \
	    "$name: 23 connections, 23 messages"
}

# The rules loaded twice log each connection once.
nft -f examples/camera/rules.nft
recipe nftables nft -f examples/camera/rules.nft

# The plug goes on at each connection, and off some time after the last.
on_and_off() {
	if ! nft list table inet camera >/dev/null 2>&1; then
		ok 'plug # SKIP no firewall rule'
		return
	fi
	had=$(received "$on")
	BPFSTATSD=$daemon_program
	start -i nflog:1 -o restart \
	    "$PWD/examples/camera/plug" camera/plug/set 5 ||
	    not_ok 'plug: the daemon starts'
	connect 1
	until_true 10 has_received $((had + 1)) || not_ok 'plug: on'
	connect 1
	until_true 10 has_received $((had + 2)) || not_ok 'plug: on again'
	until_true 20 has_off 1 || not_ok 'plug: off'
	stop
	is "$(tail -n 3 "$work/received" | sed 's/.*: //' | tr -d '\n')" \
	    '"ON"}"ON"}"OFF"}' 'plug: on, on, and off once at the end'
}
on_and_off

# watch seconds: one connection that sends 5 packets per second.
watch() {
	perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(
		    PeerAddr => "127.0.0.1:9000") or die $@;
		for (1 .. 5 * $ARGV[0]) {
			syswrite($s, ".") or die $!;
			select(undef, undef, undef, 0.2);
		}' "$1"
}

# With the rules file and shorter times: on at the first packet, off after the
# last, during one long connection.
by_rules() {
	if ! nft list table inet camera >/dev/null 2>&1; then
		ok 'rules # SKIP no firewall rule'
		return
	fi
	sed 's/ 15m / 2s /; s/ 30s / 1500ms /' examples/camera/bpfstatsd.conf \
	    >"$work/bpfstatsd.conf"
	before=$(wc -l <"$work/received") had=$(received "$off")
	BPFSTATSD=$daemon_program
	start -f "$work/bpfstatsd.conf" || not_ok 'rules: the daemon starts'
	connect 1
	until_true 20 has_off $((had + 1))
	is "$(heard)" 'ON OFF ' 'rules: on once and off once'
	before=$(wc -l <"$work/received")
	watch 3
	like "$(heard)" '^ON (ON )+$' \
	    'rules: the plug stays on while packets come'
	until_true 20 has_off $((had + 2))
	like "$(heard)" '^(ON )+OFF $' 'rules: off after the last packet'
	stop
}
by_rules

# The README's recipe that logs every packet: the printed command line with this
# machine's log group, broker and plug, and shorter times.
by_readme() {
	if ! nft list table inet camera >/dev/null 2>&1; then
		ok 'README # SKIP no firewall rule'
		return
	fi
	printed=$(sed -n '/^    # bpfstatsd .*-o restart/,/[^\\]$/p' \
	    examples/camera/README.md | tr -d '\\\n' | tr -s ' ')
	is "$printed" " # bpfstatsd -i pflog1 -m 30s -o restart -u nobody env \
BROKER=192.0.2.2 /usr/local/bin/plug zigbee2mqtt/camera/set 900" \
	    'README: the recipe is printed there'
	# The commands' user may be unable to reach the checkout.
	chmod 711 "$work"
	cp examples/camera/plug "$work/plug"
	here=$(echo "${printed# \# bpfstatsd }" | sed "s|pflog1|nflog:4|
	    s|-m 30s|-m 1s|; s|BROKER=[^ ]*|BROKER=127.0.0.1|
	    s|[^ ]*/plug |$work/plug |
	    s|zigbee2mqtt/camera/set 900|camera/plug/set 3|")
	before=$(wc -l <"$work/received") had=$(received "$on")
	off_before=$(received "$off")
	BPFSTATSD=$daemon_program
	# shellcheck disable=SC2086
	start $here || not_ok 'README: the daemon starts'
	begun=$(date +%s)
	watch 6 &
	holds 'README: the command restarts while packets come' \
	    until_true 20 has_received $((had + 5))
	is "$(received "$off")" "$off_before" \
	    'README: the plug stays on while packets come'
	wait $!
	until_true 20 has_off $((off_before + 1))
	like "$(heard)" '^(ON )+OFF $' 'README: off after the last packet'
	stats
	took=$(($(date +%s) - begun))
	holds "README: $runs runs of $packets packets in $took s" \
	    [ "$runs" -le $((took + 2)) ]
	stop
}
by_readme
nft flush ruleset
if command -v iptables-restore >/dev/null; then
	recipe iptables iptables-restore --noflush examples/camera/rules.iptables
else
	ok "iptables # SKIP needs iptables"
fi
done_testing
