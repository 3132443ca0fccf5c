#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Real packets, counted by key in the kernel and captured at the same time: the
# capture, read with -r, gives the same keys, packets and events.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh

file=$work/capture
export STDOUT="$work/printed"

# Writes random frames, most of them valid, with few different addresses, and a
# marker at the end.
cat >"$work/send" <<'SEND'
import os, random, socket, struct, sys

# Frames that two processors send may overtake each other.
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
name, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
r = random.Random(seed)

def ports():
    return struct.pack("!HH", r.choice((53, 1024, 9000)), r.choice((53, 80)))

def transport(protocol):
    if protocol == 6:
        return ports() + bytes(8) + b"\x50\x02" + bytes(6 + r.randrange(40))
    if protocol in (17, 132):
        return ports() + bytes(4 + r.randrange(300))
    return bytes(8 + r.randrange(40))

def ip4():
    options = 4 * r.choice((0, 0, 0, 1, 10))
    protocol = r.choice((6, 17, 17, 132, 1, 50))
    body = transport(protocol)
    fragment = r.choice((0, 0, 0, 0x4000, 0x2000, 0x2010, 0x10))
    return struct.pack("!BBHHHBBH", 0x45 + options // 4, 0,
        20 + options + len(body), r.randrange(65536), fragment, 64, protocol,
        0) + bytes((10, r.randrange(2), 0, r.randrange(3))) + bytes((192, 0,
        r.randrange(2), r.randrange(2))) + bytes(options) + body

def ip6():
    first = protocol = r.choice((6, 17, 17, 132, 58))
    body = transport(protocol)
    for _ in range(r.choice((0, 0, 1, 2, 8, 9))):
        kind = r.choice((0, 43, 44, 60))
        if kind == 44:
            head = struct.pack("!BBHI", first, 0, r.choice((0, 1, 8)), 7)
        else:
            head = bytes((first, 1)) + bytes(14)
        first, body = kind, head + body
    address = b"\x20\x01\x0d\xb8" + bytes(4)
    return struct.pack("!IHBB", 6 << 28, len(body), first, 64) + address + \
        bytes((r.randrange(2), 0, 0, 0, 0, 0, 0, r.randrange(3))) + address + \
        bytes((r.randrange(2), 0, 0, 0, 0, 0, 0, r.randrange(2))) + body

def frame():
    data = bytes((2, 0, 0, 0, 1, r.randrange(2), 2, 0, 0, 0, 0,
        r.randrange(3)))
    for _ in range(r.choice((0, 0, 0, 1, 1, 2, 3))):
        data += struct.pack("!HH", r.choice((0x8100, 0x8100, 0x88a8)),
            r.randrange(8) << 13 | r.choice((0, 7, 4094)))
    kind = r.randrange(9)
    if kind < 4:
        data += b"\x08\x00" + ip4()
    elif kind < 8:
        data += b"\x86\xdd" + ip6()
    else:
        data += b"\x08\x06" + bytes(28)
    if r.randrange(10) == 0:
        data = data[:r.randrange(14, len(data) + 1)]
    return data

s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((name, 0))
for _ in range(count):
    s.send(frame())
s.send(b"\xff" * 6 + b"\x02" + bytes(5) + b"\x88\xb5" + bytes(46))
SEND

# Rules with each kind of key, every other one for a seed.
cat >"$work/rules.py" <<'RULES'
import random, sys

seed = int(sys.argv[2])
r = random.Random(seed)
print('socket "%s"' % sys.argv[1])
for i, key in enumerate(("source", "destination", "source-port", "port", "mac",
        "destination-mac", "vlan", "source/24/64", "destination/23/33",
        "source/0/0", "source, port", "port, source", "destination, source",
        "source, source-port, destination, port", "vlan, mac",
        "mac, source/25/97, port, vlan",
        "source, destination, mac, destination-mac")):
    if (i + seed) % 2:
        continue
    print('rule "b%d" on v1 {' % i)
    print("every %d bytes by %s\n}" % (r.randrange(1, 3000), key))
    print('rule "r%d" on v1 {' % i)
    print("every 1 packet by %s keys %d" % (key, r.choice((1, 3, 8, 4096))))
    print("rate %d packets / 1h by %s" % (r.choice((2, 3, 10, 33, 40)), key))
    print("after 1h by %s keys %d\n}" % (key, r.choice((2, 4096))))
RULES

# sums file: prints rule, condition and key, with the sum of its events.
sums() {
	awk '{ key = $6 " " $2
	    for (i = 8; i <= NF; i++) key = key " " $i
	    n[key] += $3 }
	    END { for (key in n) print key, n[key] }' "$1" | sort
}

listens() {
	grep -q 'listening on' "$work/dump"
}

# captured: the capture has the marker, and as many packets as were counted.
captured() {
	stats && python3 - "$file" "$packets" <<'CAPTURED'
import struct, sys

data = open(sys.argv[1], "rb").read()
at, packets, last = 24, 0, b""
while at + 16 <= len(data):
    size, = struct.unpack_from("=I", data, at + 8)
    last = data[at + 16:at + 16 + size]
    at += 16 + size
    packets += 1
sys.exit(at != len(data) or packets != int(sys.argv[2]) or
    last[12:14] != b"\x88\xb5")
CAPTURED
}

as_replayed() {
	sums "$STDOUT" >"$work/live"
	cmp -s "$work/live" "$work/replayed"
}

# list rule: prints the keys of a rule's first trigger, as bpfstatsctl lists them,
# with their packets.
list() {
	./bpfstatsctl -s "$work/sock" -k "$1" -j | python3 -c '
import json, sys
for k in json.load(sys.stdin)["keys"]:
    if k["trigger"].startswith("every 1 packet"):
        print(sys.argv[1], "every", k["key"], k["packets"])' "$1"
}

# listed: prints these of all rules; each list takes a second.
listed() {
	rm -f "$work"/list.*
	lister=
	# shellcheck disable=SC2013
	for rule in $(sed -n 's/^rule "\(r[0-9]*\)".*/\1/p' "$rules"); do
		list "$rule" >"$work/list.$rule" &
		lister="$lister $!"
	done
	for pid in $lister; do
		wait "$pid"
	done
	sort "$work"/list.*
}

# capture seed: counts frames by key, and the same with -r.
capture() {
	put "$(python3 "$work/rules.py" "$work/sock" "$1")"
	: >"$STDOUT"
	: >"$work/dump"
	rm -f "$file"
	start -p text -f "$rules" || not_ok "$1: the daemon starts"
	tcpdump --immediate-mode -U -s 2000 -B 16384 -i v1 -w "$file" \
	    2>"$work/dump" &
	dumper=$!
	until_true 10 listens
	python3 "$work/send" v0 "$1" "$frames"
	until_true 20 captured
	holds "$1: all $packets packets are in the capture" captured
	kill "$dumper"
	wait "$dumper"
	"$BPFSTATSD" -n -p text -r "$file" -f "$rules" >"$work/out" 2>"$work/err"
	sums "$work/out" >"$work/replayed"
	until_true 20 as_replayed
	is "$(diff "$work/live" "$work/replayed" | head)" '' \
	    "$1: $(wc -l <"$work/replayed") keys have the same events"
	listed >"$work/listed"
	is "$(grep '^r[0-9]* every ' "$work/replayed" |
	    diff "$work/listed" - | head)" '' \
	    "$1: $(wc -l <"$work/listed") keys have the same packets"
	stop
}

frames=600
seed=1
while [ "$seed" -le "$(size 4 8 24)" ]; do
	capture "$seed"
	seed=$((seed + 1))
done
done_testing
