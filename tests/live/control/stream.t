#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Lines of events on standard output, -p: however slow the reader, the sum of
# the events is exact, and neither the counting nor a command waits for the
# reader. The end of the reader ends the daemon.
. tests/lib/live.sh
own_network "$@"
. tests/lib/holder.sh
chmod 711 "$work"

read=$work/read
STDOUT=$work/stdout
mkfifo "$STDOUT" "$work/words"
reader=
trap '[ -z "$reader" ] || kill -KILL "$reader" 2>/dev/null; clean_up' EXIT

# reads: starts a reader of standard output, which copies to $read.
reads() {
	cat "$STDOUT" >"$read" &
	reader=$!
}

# done_reading: the reader has read all and ends; keeps $status.
done_reading() {
	before=${status:-}
	ended "$reader" 20 || not_ok "the reader ends"
	status=$before
	reader=
}

# sum rule: prints the sum of the events of a rule.
sum() {
	awk -v rule="$1" '$6 == rule { n += $3 } END { print n + 0 }' "$read"
}

sum_is() {
	[ "$(sum "$1")" -eq "$2" ]
}

# column number: prints a column of the last line.
column() {
	tail -n 1 "$read" | cut -d ' ' -f "$1"
}

shape='^[0-9]{10}\.[0-9]{6} [a-z]+ [0-9]+ [0-9]+ [0-9]+ [^ ]+ [^ ]+ -$'

# stopped_reader packets events runs arguments ...: while the reader is stopped,
# this many packets are counted, and there are at least this many runs.
stopped_reader() {
	packets_sent=$1
	events_due=$2
	runs_due=$3
	shift 3
	about=${*:-no command}
	reads
	start -p text -i v1 "$@"
	kill -STOP "$reader"
	$bin/flood v0 "$packets_sent" >/dev/null
	holds "$about: counting does not wait for the reader" \
	    until_true 20 stats_reach packets "$packets_sent"
	until_true 60 stats_reach runs "$runs_due"
	kill -CONT "$reader"
	holds "$about: the sum of the events is exact" \
	    until_true 60 sum_is v1 "$events_due"
	is "$(sum v1) $(column 5)" "$events_due $packets_sent" \
	    "$about: events and packets"
	is "$(grep -cvE "$shape" "$read")" 0 "$about: lines are whole"
	stats
	stop
	is "$status $(lines 'standard output')" "0 0" "$about: SIGTERM"
	done_reading
}

flood=$(size 300000 5000000)
stopped_reader "$flood" "$flood" 1
is "$runs $failures" "$(wc -l <"$read") 0" "a run for each line"
holds "a slow reader gets fewer lines" [ "$(wc -l <"$read")" -lt "$flood" ]
stopped_reader "$flood" "$flood" 1 -o restart
stopped_reader "$flood" $((flood / 7)) 1 -c 7 -o queue -m 0
stopped_reader "$flood" "$flood" 1 $bin/do_nothing
holds "at most a line for each run" [ "$(wc -l <"$read")" -le "$runs" ]
# More lines than all buffers have room for.
queue=$(size 8000 30000)
stopped_reader "$queue" "$queue" "$queue" -o queue $bin/do_nothing
is "$runs" "$queue" "-o queue: a run for each event"
holds "-o queue: a slow reader gets fewer lines than runs" \
    [ "$(wc -l <"$read")" -lt "$runs" ]

# Rules of a file; one goes while its line waits for the reader.
cat >"$work/rules" <<EOF
rule "a b\\\\" on v1 { every 1 packet }
rule "gone" on v1 { every 2 packets run "$PWD/$bin/do_nothing" busy queue }
EOF
reads
start -p text -f "$work/rules"
kill -STOP "$reader"
$bin/flood v0 $((2 * queue)) >/dev/null
until_true 60 stats_reach runs "$queue"
sed -i '/gone/d; s/1 packet/1 packet interval 10ms/' "$work/rules"
kill -HUP "$daemon"
holds "a reload does not wait for the reader" \
    until_true 10 grep -q 'reload: ' "$log"
grep 'reload: ' "$log" | sed 's/^/# /'
kill -CONT "$reader"
holds "a removed rule: the sum of the events is exact" \
    until_true 20 sum_is gone "$queue"
stop
done_reading
holds "names with blanks are one column" grep -q ' a\\040b\\134 v1 -$' "$read"

# JSON.
reads
start -p json -i v1 -b 1K $bin/do_nothing
begun=$(date +%s)
for n in 3 40 500; do
	$bin/flood v0 "$n" >/dev/null
	until_true 5 stats_reach packets "$n"
done
until_true 5 at_rest
stats
stop
done_reading
is "$(python3 -c 'import json, sys, time
lines = [json.loads(l) for l in open(sys.argv[1])]
for l in lines:
    assert list(l) == ["time", "event", "events", "count", "total", "bytes",
        "rule", "interface", "key"]
    assert int(sys.argv[2]) <= l["time"] <= time.time()
    assert l["count"] == 1024 * l["events"] <= l["bytes"]
last = lines[-1]
print(sum(l["events"] for l in lines), last["event"], last["rule"],
    last["interface"], last["key"])' "$read" "$begun")" \
    "$events every v1 v1 None" "JSON: members and values"

# The end of the reader, and of the first run.

head -n 3 "$STDOUT" >"$read" &
reader=$!
start -p text -i v1
for n in 1 2; do
	$bin/flood v0 1 >/dev/null
	until_true 5 stats_reach events "$n"
done
$bin/flood v0 1 >/dev/null
holds "head -n 3: the daemon ends with the third line" ended "$daemon" 10
is "$status $(wc -l <"$read")" "0 3" "head -n 3: exit 0, three lines"
daemon=
done_reading
head -n 1 "$STDOUT" >"$read" &
reader=$!
start -p text -i v1 sleep 300
$bin/flood v0 1 >/dev/null
holds "head -n 1: the daemon ends" ended "$daemon" 10
is "$status $(lines 'exit signal 15 (Terminated) after')" "0 1" \
    "head -n 1: exit 0, the run is ended"
daemon=
done_reading
reads
start -z -p text -i v1
$bin/flood v0 1 >/dev/null
holds "-z: the daemon ends" ended "$daemon" 10
daemon=
done_reading
is "$status $(wc -l <"$read")" "0 1" "-z: a line, exit 0"
reads
start -z -p text -i v1 sh -c 'exit 7'
$bin/flood v0 1 >/dev/null
holds "-z with a command: the daemon ends" ended "$daemon" 10
daemon=
done_reading
is "$status $(wc -l <"$read")" "7 1" "-z with a command: a line, its exit status"

# SIGTERM while the reader takes nothing.
reads
start -p text -i v1
kill -STOP "$reader"
$bin/flood v0 "$flood" >/dev/null
until_true 20 stats_reach packets "$flood"
kill -TERM "$daemon"
holds "SIGTERM: the daemon does not wait for the reader" ended "$daemon" 10
daemon=
is "$status $(lines 'standard output: not read; lines lost: [0-9]')" "0 1" \
    "SIGTERM: exit 0, and a message"
kill -CONT "$reader"
done_reading
like "$(tail -n 1 "$read")" "$shape" "SIGTERM: the last line is whole"
STDOUT=/dev/full
start -p text -i v1
$bin/flood v0 1 >/dev/null
holds "an error ends the daemon" ended "$daemon" 10
daemon=
is "$status $(lines 'standard output: No space left on device')" "1 1" \
    "an error: exit 1, and a message"

# Kinds of standard output that can block.

# hold kind command ...: executes the command under the holder.
hold() {
	kind=$1
	: >"$log"
	: >"$work/out"
	rm -f "$work/pid" "$work/status"
	WORK=$work python3 tests/lib/holder.py out "$@" <"$work/words" \
	    2>"$log" &
	holder=$!
	exec 9>"$work/words"
	until_true 10 [ -e "$work/pid" ]
	daemon=$(cat "$work/pid")
	until_true 10 grep -q ': counting' "$log"
}

held_sum() {
	tr -d '\r' <"$work/out" >"$read"
	[ "$(sum v1)" -eq "$1" ]
}

# goes_on how number: the daemon counts while its output is blocked by fill or
# stop, and has counted a number of packets before.
goes_on() {
	obey "$1"
	$bin/flood v0 20000 >/dev/null
	holds "$kind, $1: counting does not wait" \
	    until_true 20 stats_reach packets $(($2 + 20000))
	[ "$1" = fill ] || obey go
	obey read
	holds "$kind, $1: the sum of the events is exact" \
	    until_true 20 held_sum $(($2 + 20000))
	is "$(grep -v '^x*$' "$read" | grep -cvE "^x?${shape#^}")" 0 \
	    "$kind, $1: lines are whole"
}

ends() {
	obey hold
	obey fill
	kill -TERM "$daemon"
	echo wait >&9
	holds "$kind: SIGTERM ends the daemon" \
	    until_true 10 [ -e "$work/status" ]
	is "$(cat "$work/status")" 0 "$kind: SIGTERM: exit 0"
	exec 9>&-
	wait "$holder"
	daemon=
}

as_nobody="setpriv --reuid 65534 --regid 65534 --clear-groups
    --inh-caps +net_raw,+bpf,+perfmon,+net_admin
    --ambient-caps +net_raw,+bpf,+perfmon,+net_admin"
for kind in terminal pipe fifo socket-stream; do
	hold $kind "$BPFSTATSD" -v -p text -i v1
	goes_on fill 0
	obey hold
	goes_on fill 20000
	ends
done
hold terminal "$BPFSTATSD" -v -p text -i v1
goes_on stop 0
ends
for kind in terminal-of-another pipe-of-another; do
	# shellcheck disable=SC2086
	hold $kind $as_nobody "$BPFSTATSD" -v -p text -i v1
	goes_on fill 0
	obey hold
	goes_on fill 20000
	ends
done
done_testing
