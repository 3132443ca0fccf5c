#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Filters and directions on each kind of link, with both kinds of kernel filter:
# the daemon counts what tcpdump sees of the same traffic. Errors of wrong
# filters.
. tests/lib/live.sh
own_network "$@"

classic="setpriv --bounding-set -bpf,-sys_admin"

# sees text: tcpdump has printed the text.
sees() {
	grep -qs "$1" "$work/sniff"
}

# send interface: sends the traffic.
send() {
	case $1 in
	t0)
		echo >&8
		until_true 10 grep -q sent "$work/tun"
		;;
	*) $bin/send_random "$1" 500 >/dev/null ;;
	esac
}

# caught: prints the number of packets that tcpdump has written.
caught() {
	tcpdump -Z root -r "$work/caught" --count 2>/dev/null | cut -d ' ' -f 1
}

# same link sender direction expression: daemon and tcpdump count the same.
same() {
	what="$1, $3, ${WRAP:+classic }$4"
	[ "$1" != t0 ] || open_tun
	tcpdump -Z root --immediate-mode -B 16384 -s 2048 -i "$1" -Q "$3" -U \
	    -w "$work/caught" "$4" 2>"$work/sniff" &
	sniffer=$!
	until_true 10 sees listening
	if ! start -i "$1" -Q "$3" -e "$4" -c 7 $bin/do_nothing; then
		not_ok "$what"
	fi
	send "$2"
	# Both have seen all packets when the sums no longer change.
	until_true 10 settled
	kill -TERM $sniffer
	wait $sniffer
	is "$packets $events" "$(caught) $(($(caught) / 7))" "$what: $(caught)"
	stop
	[ "$1" != t0 ] || close_tun
}

settled() {
	stats
	one="$packets $(wc -c <"$work/caught")"
	sleep 0.3
	stats
	[ "$one" = "$packets $(wc -c <"$work/caught")" ] && rests "$sniffer"
}

# rests process: the process sleeps, so that no packet is left, on a busy
# machine too.
rests() {
	grep -q '^State:[[:space:]]*S' "/proc/$1/status"
}

open_tun() {
	rm -f "$work/line"
	mkfifo "$work/line"
	$bin/send_random -t t0 500 <"$work/line" >"$work/tun" &
	exec 8>"$work/line"
	until_true 5 grep -q ready "$work/tun"
}

close_tun() {
	echo >&8
	exec 8>&-
	until_true 5 [ ! -d /sys/class/net/t0 ]
}

links() {
	same v0 v1 inout 'tcp dst port 9000 or udp'
	same lo lo inout 'ip and not tcp'
	same any v1 inout 'udp port 53 or arp'
	[ ! -c /dev/net/tun ] || same t0 t0 inout 'ip6 or tcp dst port 9000'
	same v0 v1 inout 'vlan and ip'
	same br0 v3 inout 'icmp or vlan 100'
	same v1 v1 out 'ip'
	same v0 v1 in 'ip6'
	same v0 v1 out 'ip'
	same v0 v1 inout ''
	same any v1 in 'inbound and tcp'
}

ip link add br0 type bridge
ip link add v2 type veth peer name v3
ip link set v2 master br0
for name in v2 v3 br0; do
	ip link set $name up
done
# BR_STATE_FORWARDING
until_true 20 grep -q 3 /sys/class/net/v2/brport/state

links
WRAP=$classic
links
WRAP=

# A packet on loopback counts once, although it leaves and arrives.
for WRAP in "" "$classic"; do
	for direction in in out inout; do
		start -i lo -Q $direction -e icmp $bin/do_nothing
		ping -q -c 3 -i 0.01 127.0.0.1 >/dev/null
		until_true 5 stats_reach packets 6
		is "$packets" 6 "lo, ${WRAP:+classic }$direction: 6 packets"
		stop
	done
done
WRAP=

# Parts of the link header of "any". tcpdump compares some of them in a pseudo
# header, in which tagged packets look different.
for WRAP in "" "$classic"; do
	while read -r wanted parts; do
		start -i any -e "icmp and $parts" $bin/do_nothing
		ping -q -c 3 -i 0.01 127.0.0.1 >/dev/null
		until_true 5 stats_reach packets "$wanted"
		is "$packets" "$wanted" "any, ${WRAP:+classic }$parts"
		stop
	done <<-PARTS
		6 link[0] = 8 and link[1] = 0 and link[2:2] = 0
		0 link[1] = 6 or link[0] = 0
		6 link[4:2] = 0 and link[6:2] = 1 and link[7] = 1
		6 link[8:2] = 772 and link[8] = 3 and link[9] = 4
		0 link[9] = 1
		6 link[10] = 0
	PARTS
done
WRAP=

# refused reason argument ...: one line of error and exit 1, on $interface.
interface=v0
refused() {
	reason=$1
	shift
	status=0
	timeout 20 "$BPFSTATSD" -i "$interface" "$@" true 2>"$log" >/dev/null ||
	    status=$?
	is "$status" 1 "$reason: exit 1"
	like "$(head -n 1 "$log")" "^bpfstatsd: .*$reason" \
	    "$reason: the message"
}

refused 'v0: filter: .*syntax error' -e 'tcp port'
is "$(sed 1d "$log")" "    tcp port
            ^" 'syntax error: the caret is at the end'
refused 'v0: filter: .*syntax error' -e 'ip and and tcp'
is "$(sed 1d "$log")" "    ip and and tcp
           ^" 'syntax error: the caret is at the wrong word'
refused "unknown port 'foo'" -e 'tcp port foo'
interface=any
refused 'any: filter: link\[11\]: not available on this type' \
    -e 'link[11] = 6'
refused 'any: filter: link\[12:4\]: not available on this type' \
    -e 'tcp and link[12:4] = 0'
refused 'any: filter: link\[\.\.\.\]: a computed offset' \
    -e 'link[link[0]] = 0'
refused "any: filter: link\[8:2\]: .* cannot load the interface's type" \
    -e 'link[8:2] = 1' -b 10
interface=v0
refused '802.11' -e 'wlan type mgt'
refused 'no loops' -e 'ip6 protochain 6'
# libpcap's code for this reads a scratch word before writing it.
refused 'the code that libpcap generates' -e 'vlan and pppoes'
refused '/nowhere: No such file' -F /nowhere
refused '/: Is a directory' -F /
refused 'standard input: not a text' -F - </bin/true
status=0
"$BPFSTATSD" -i v0 -Q sideways true 2>"$log" >/dev/null || status=$?
is "$status $(head -n 1 "$log")" \
    '2 bpfstatsd: -Q: "sideways": not in, out or inout' '-Q sideways'
head -c 70000 /dev/zero | tr '\0' ' ' >"$work/long"
refused 'longer than 65535 bytes' -F "$work/long"
refused 'longer than 65535 bytes' -e "$(printf '%65536s' ip)"
awk 'BEGIN { for (i = 0; i < 4900; i++)
	printf "%svlan %d", i ? " or " : "", i % 4096 }' >"$work/slow"
refused 'takes too long' -F "$work/slow"
is "$(wc -l <"$log")" 1 'takes too long: one line'
awk 'BEGIN {
	printf "ip"
	for (i = 0; i < 900; i++)
		printf " and (tcp[%d] * %d > ip[%d] or udp[%d] = %d)",
		    i % 60, i, i % 9, i % 11, i
}' >"$work/large"
refused 'instructions' -F "$work/large"
# addresses number: prints an expression with the given number of addresses.
addresses() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "%ssrc host 10.0.%d.%d", i ? " or " : "", i / 256, i % 256
	}'
}
addresses 2400 >"$work/addresses"
refused 'takes too long.*; many addresses fit into a set of nft.*-i nflog' \
    -F "$work/addresses"
awk 'BEGIN { for (i = 0; i < 2500; i++)
	printf "%sportrange %d-%d", i ? " or " : "", i, 2 * i + 1 }' \
    >"$work/wide"
refused 'too much memory to compile: 512 MB' -F "$work/wide"
awk 'BEGIN {
	for (i = 0; i < 16000; i++)
		printf "not "
	print "ip"
}' >"$work/deep"
refused 'nested too deeply' -F "$work/deep"

printf '# comment\ntcp # and more\n or icmp' >"$work/filter"
start -i lo -F "$work/filter" $bin/do_nothing
ping -q -c 3 -i 0.01 127.0.0.1 >/dev/null
until_true 5 stats_reach packets 6
is "$packets" 6 '-F: a file with comments'
stop

: >"$log"
"$BPFSTATSD" -v -i lo -F - $bin/do_nothing <"$work/filter" 2>"$log" &
daemon=$!
until_true 10 grep -q ': counting' "$log"
$bin/flood lo 5 >/dev/null
ping -q -c 3 -i 0.01 127.0.0.1 >/dev/null
until_true 5 stats_reach packets 6
is "$packets" 6 '-F -: the expression comes from standard input'
stop
done_testing
