#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# -r counts the packets of a capture file by key: the reference of counting by
# key in the kernel.
. tests/lib/live.sh
own_network "$@"

file=$work/capture
printed=$work/printed
said=$work/said

# replay argument ...: runs the daemon; stdout is in $printed, stderr in $said.
replay() {
	status=0
	timeout 60 "$BPFSTATSD" "$@" >"$printed" 2>"$said" || status=$?
}

# Three hosts, and a packet without an address of IP.
$bin/write_savefile 1000000:1 1100000:2 1200000:1 1300000:0 2000000:3 \
    2100000:1 2200000:2 4000000:1 >"$file"
replay -n -p text -r "$file" -f tests/replay/keys.conf
full='bpfstatsd: full: every 1 packet by source: table of keys is full: '\
'untracked packets so far: 1; raise keys (2)
bpfstatsd: lane: every 1 packet by source: table of keys is full: '\
'untracked packets so far: 3; raise keys (1)'
is "$status $(cat "$said")" "0 $full" \
    'each condition by key: exit 0, a message for each full table'
is "$(cat "$printed")" "$(cat tests/replay/keys)" 'each condition: the runs'

# Real runs, one after the other, are the runs that -n prints.
cat >"$work/note" <<'NOTE'
sleep 0.01
echo "${BPFSTATSD_EVENT%% *} $BPFSTATSD_EVENTS $BPFSTATSD_COUNT" \
    "$BPFSTATSD_TOTAL $BPFSTATSD_RULE em0 ${BPFSTATSD_KEY--}"
NOTE
sed "s,^note = .*,note = \"$work/note\"," tests/replay/keys.conf >"$work/rules"
replay -r "$file" -f "$work/rules"
is "$status $(cat "$said" "$printed")" "0 $full
$(cut -d ' ' -f 2- tests/replay/keys)" 'runs: the same as -n'

# A run that fails is repeated in the time of the file, whatever other keys do.
cat >"$work/fail" <<'FAIL'
echo "$BPFSTATSD_KEY"
[ "$BPFSTATSD_SOURCE" != 10.0.0.1 ]
FAIL
cat >"$work/failing" <<RULES
rule "r" on em0 {
	every 2 packets by source run sh "$work/fail" retry 1s
}
RULES
replay -r "$file" -f "$work/failing"
is "$status $(sort "$printed" | uniq -c | tr -s ' \n' ' ')" \
    '0  4 10.0.0.1 1 10.0.0.2 ' 'retry: of the key that fails'

# -k is by for each trigger of the command line.
cat >"$work/rules" <<'RULES'
rule "k" on em0 {
	every 2 packets by source/31, destination
	every 50 bytes by source/31, destination
	rate 2 packets / 200ms by source/31, destination
	idle 1s by source/31, destination
}
RULES
replay -n -p text -r "$file" -f "$work/rules"
cut -d ' ' -f 1-5,8- "$printed" >"$work/wanted"
replay -n -p text -r "$file" -c 2 -b 50 -c 2/200ms -t 1s \
    -k source/31,destination
is "$status $(cut -d ' ' -f 1-5,8- "$printed")" "0 $(cat "$work/wanted")" \
    '-k: the events of by'
like "$(cat "$printed")" ' rate 1 2 2 .* 10\.0\.0\.[0-9]+/31 [0-9.]+$' \
    '-k: the events have keys'

# An independent model: events of 3,000 packets of 9 hosts at random times.
cat >"$work/model" <<'MODEL'
import random, sys

random.seed(15)
now, packets = 1000000, []
for i in range(3000):
    now += random.choice((0, 1, 1000, 20000, 400000))
    packets.append((now, random.randrange(1, 10)))
if sys.argv[1] == "packets":
    print(*("%d:%d" % p for p in packets))
    sys.exit()
out = []

def tell(at, name, host):
    out.append("%d.%06d %s 10.0.0.%d" % (at // 1000000, at % 1000000, name,
        host))

for host in range(1, 10):
    times = [at for at, who in packets if who == host]
    recent, last, front, armed = [], None, None, None
    for i, at in enumerate(times):
        # The time in which 4 came ends before the packet.
        if armed is not None and armed + 900000 <= at:
            tell(armed + 900000, "below", host)
            armed = None
        if i >= 3 and (armed is not None or at - times[i - 3] < 900000):
            armed = times[i - 3]
        if (i + 1) % 7 == 0:
            tell(at, "every", host)
        recent = [t for t in recent if at - t <= 500000] + [at]
        if len(recent) == 5:
            recent = []
            tell(at, "rate", host)
            if front is not None and at - front >= 2000000:
                tell(front + 2000000, "calm", host)
            front = at
        if last is None or at - last >= 700000:
            tell(at, "after", host)
            if last is not None:
                tell(last + 700000, "idle", host)
        last = at
    if armed is not None and armed + 900000 <= now:
        tell(armed + 900000, "below", host)
    if last + 700000 <= now:
        tell(last + 700000, "idle", host)
    if front is not None and front + 2000000 <= now:
        tell(front + 2000000, "calm", host)
print(*sorted(out), sep="\n")
MODEL
# shellcheck disable=SC2046
$bin/write_savefile $(python3 "$work/model" packets) >"$file"
cat >"$work/rules" <<'RULES'
rule "m" on em0 {
	every 7 packets by source busy queue
	rate 5 packets / 500ms by source busy queue
	calm 2s busy queue
	idle 700ms by source busy queue
	below 4 packets / 900ms by source busy queue
	after 700ms by source busy queue runs 9
}
RULES
replay -n -p text -r "$file" -f "$work/rules"
python3 "$work/model" events >"$work/wanted"
cut -d ' ' -f 1,2,8 "$printed" | sort >"$work/got"
is "$status $(diff "$work/got" "$work/wanted" | head)" '0 ' \
    "model: $(wc -l <"$work/wanted") events of 9 hosts"
holds 'model: the events are in their order' sort -c -s -n -k 1,1 "$printed"
done_testing
