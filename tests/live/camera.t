#!/bin/sh
# examples/camera, with real parts: a firewall rule logs a new connection, the
# daemon runs curl, a broker hands the message on, once for a connection.  And
# examples/camera/plug, which switches it off again.
. tests/live/lib.sh
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

# has_received number: plugs that were switched on, or more.
has_received() {
	[ "$(received 'camera/plug/set {"state": "ON"}')" -ge "$1" ]
}

# has_off number: plugs that were switched off, or more.
has_off() {
	[ "$(received 'camera/plug/set {"state": "OFF"}')" -ge "$1" ]
}

# The subscriber has heard something, so it will hear everything from now on.
subscribed() {
	mosquitto_pub -h 127.0.0.1 -t camera/test -m hello 2>/dev/null &&
	    [ "$(received 'camera/test hello')" -ge 1 ]
}

listens() {
	grep -q '^ *[0-9]*: 0100007F:2328 00000000:0000 0A' /proc/net/tcp
}

# connect number: one after the other, each from a port of its own.
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
holds "the broker answers" until_true 10 mosquitto_pub -h 127.0.0.1 -t x -m x \
    2>/dev/null
mosquitto_sub -h 127.0.0.1 -t 'camera/#' -v >"$work/received" &
subscriber=$!
holds "the subscriber hears" until_true 10 subscribed
perl -MIO::Socket::INET -e '
	my $l = IO::Socket::INET->new(Listen => 64, ReuseAddr => 1,
	    LocalAddr => "127.0.0.1:9000") or die;
	while (my $s = $l->accept()) { print $s "picture\n"; }' &
listener=$!
holds "the camera listens" until_true 10 listens

daemon_program=$BPFSTATSD
WRAP="env BPFSTATSD=$BPFSTATSD BROKER=127.0.0.1"

# recipe name command ...: with the rule that the command sets.
recipe() {
	name=$1
	shift
	if ! "$@" 2>"$work/rule"; then
		ok "$name: # SKIP $* says $(head -n 1 "$work/rule")"
		return
	fi
	had=$(received 'camera/plug/set {"state": "ON"}')
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
	is "$(received 'camera/plug/set {"state": "ON"}')" $((had + 23)) \
	    "$name: 23 connections, 23 messages"
}

recipe nftables nft -f examples/camera/rules.nft

# On at each connection, and off when the last one is long enough ago.
on_and_off() {
	if ! nft list table inet camera >/dev/null 2>&1; then
		ok 'plug: # SKIP there is no rule'
		return
	fi
	had=$(received 'camera/plug/set {"state": "ON"}')
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
	    '"ON"}"ON"}"OFF"}' 'plug: on, on, and off once'
}
on_and_off
nft flush ruleset
if command -v iptables-restore >/dev/null; then
	recipe iptables iptables-restore --noflush examples/camera/rules.iptables
else
	ok "iptables # SKIP needs iptables"
fi
done_testing
