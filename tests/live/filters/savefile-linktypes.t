#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# -r with -e counts what libpcap's own loop accepts, for savefiles of many link
# types in both byte orders; an expression that libpcap refuses for such a file
# is refused with the same words.
. tests/lib/live.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Address families in BSD loopback headers, directions, interfaces, and
# expressions with the same meaning on all link types.
cat >"$work/expressions" <<'EXPRESSIONS'
ip
ip6
udp
not ip6
arp or udp port 53
ip6 host 2001:db8::1 and tcp
tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn
ip6[6] = 6 and ip6[53] & 0x12 = 2
link[0] = 0
greater 61
inbound
outbound
not outbound
udp and inbound
ifindex 2
ifname em0
vlan
ether broadcast
wlan type data
tcp port
host
EXPRESSIONS

# ours savefile expression: prints the number of packets, or the error.
ours() {
	"$BPFSTATSD" -n -r "$1" -e "$2" >"$work/runs" 2>"$work/said" || {
		sed -n "1s|^bpfstatsd: $1: filter: ||p" "$work/said"
		return
	}
	wc -l <"$work/runs"
}

compare() {
	while read -r expression; do
		echo "$expression: $($1 "$file" "$expression")"
	done <"$work/expressions"
}

theirs() {
	tests/tools/make_capture -c "$1" "$2"
}

# 12 and 101 are both raw IP; libpcap does not know 5000.
for linktype in 0 1 6 8 9 10 11 12 15 50 101 104 105 108 109 113 117 127 166 \
    228 229 276 147 5000; do
	for order in little big; do
		file=$work/$linktype.$order
		$bin/make_capture $linktype $order >"$file"
		compare ours >"$work/ours"
		compare theirs >"$work/theirs"
		is "$(cat "$work/ours")" "$(cat "$work/theirs")" \
		    "link type $linktype, $order-endian"
	done
done

# Known results show that the comparison can fail.
for linktype in 0 108; do
	for order in little big; do
		file=$work/$linktype.$order
		is "$(ours "$file" ip) $(ours "$file" ip6)" '8 6' \
		    "BSD loopback $linktype, $order-endian: IPv4, IPv6"
	done
done
is "$(ours "$work/113.big" inbound) $(ours "$work/113.big" outbound)" '12 4' \
    'cooked packets have a direction'
is "$(ours "$work/276.little" 'ifindex 2')" 4 'cooked packets have an interface'

# refused expression caret: an error for an Ethernet file, with the position.
refused() {
	status=0
	"$BPFSTATSD" -n -r "$work/1.little" -e "$1" >"$work/runs" \
	    2>"$work/said" || status=$?
	is "$status $(cat "$work/runs")" '1 ' "refused: $1"
	is "$(sed 1d "$work/said")" "    $1
    $2" "position of the error: $1"
}

refused 'inbound' '^'
refused 'udp and not outbound' '            ^'
refused 'ifindex 3' '^'
done_testing
