#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# -r replays a capture file in the file's own time; -n prints the runs only.
. tests/lib/live.sh
own_network "$@"

make=$bin/write_savefile
file=$work/capture
printed=$work/printed
said=$work/said

# shellcheck disable=SC2016
note='echo "$BPFSTATSD_EVENTS $BPFSTATSD_COUNT $BPFSTATSD_TOTAL"'

# replay argument ...: runs the daemon; stdout is in $printed, stderr in $said.
replay() {
	status=0
	timeout 60 "$BPFSTATSD" "$@" >"$printed" 2>"$said" || status=$?
}

# golden name argument ...: the printed runs equal tests/replay/name.
golden() {
	golden=$1
	shift
	replay "$@"
	is "$status $(cat "$said")" '0 ' "$golden: exit 0, no message"
	is "$(cat "$printed")" "$(cat "tests/replay/$golden")" "$golden: the runs"
}

# wrong text argument ...: the daemon prints one line of error and exits with 1.
wrong() {
	text=$1
	shift
	replay "$@"
	is "$status $(cat "$said")" "1 bpfstatsd: $text" "wrong: $text"
}

# Bursts and pauses; the fifth packet's time is earlier than the fourth's.
times='1000000 1000001 1500000 2000000 1999999 4000000 4100000 9000000
    9000000 9999999 10000000'
# shellcheck disable=SC2086
$make $times >"$file"

# Which runs -n prints.
golden plain -n -r "$file"
golden count -n -r "$file" -c 3
golden interval -n -r "$file" -m 2s
golden interval-queue -n -r "$file" -m 2s -o queue
golden interval-drop -n -r "$file" -m 2s -o drop
golden interval-restart -n -r "$file" -m 2s -o restart
golden last -n -r "$file" -m 1h -c 2
golden filter -n -r "$file" -e 'dst portrange 2-5'
golden filter-interval -n -r "$file" -e 'dst port 3 or dst port 6' -m 10s
golden nothing -n -r "$file" -e 'tcp'
golden single -n -r "$file" -z -c 4
golden bytes -n -r "$file" -b 150
golden rate -n -r "$file" -c 4/1s
golden rate-bytes -n -r "$file" -b 180/500ms
golden idle -n -r "$file" -t 2s
golden idle-filter -n -r "$file" -t 2s -e 'dst port 3'
golden idle-interval -n -r "$file" -t 500ms -m 5s
golden idle-single -n -r "$file" -t 2s -z
golden many -n -r "$file" -b 100 -c 3 -c 4/1s -t 1s
golden rate -n -r "$file" -c 3/1s -c 4/1s
for policy in once drop queue restart; do
	golden plain -n -r "$file" -o $policy
done

# The same packets in other formats and from a pipe.
# shellcheck disable=SC2086
$make -g $times >"$file.ng"
golden plain -n -r "$file.ng"
# shellcheck disable=SC2086
$make -l 12 $times >"$file.raw"
golden filter -n -r "$file.raw" -e 'dst portrange 2-5'
golden plain -n -r - <"$file"
# shellcheck disable=SC2002
cat "$file" | "$BPFSTATSD" -n -r - -e 'dst portrange 2-5' >"$printed"
is "$(cat "$printed")" "$(cat tests/replay/filter)" 'from a pipe: the runs'
# A rules file with a savefile, also from a pipe.
cat >"$work/rules" <<-EOF2
	rule "pairs" on em0 filter "dst portrange 2-5" { every 2 packets }
	rule "up" on { em0 em1 } { while 1s }
EOF2
replay -n -p text -f "$work/rules" -r "$file"
told=$(cat "$said" "$printed")
# shellcheck disable=SC2002
cat "$file" | "$BPFSTATSD" -n -p text -f "$work/rules" -r - >"$printed" 2>&1
is "$(cat "$printed")" "$told" 'rules and a pipe: as with a file'
like "$told" '^[0-9.]* every 1 2 [24] pairs em0 -$' 'rules and a file: a run'
replay -n -f "$work/rules" -r "$file"
is "$(cat "$said" "$printed")" "$told" '-n and rules without -p: the same lines'
# The time line of bpfstatsd.conf(5): its packets are a capture, its rows rules;
# a row has an event in each column with e, and at the start of each run.
drawing=$(sed -n '/^seconds  *0 .* 30$/,/^\.Ed/p' bpfstatsd.conf.5)
row() {
	echo "$drawing" | sed -n "s/^ *$1  *\([|=e-]*\)\$/\1/p"
}
# columns: prints the columns of standard input that have an event.
columns() {
	sed 's/=\(=*\)/e\1/g' | fold -w 1 | grep -n e | cut -d : -f 1 |
	    while read -r column; do
		echo $((column - 1))
	done | tr '\n' ' '
}
# The last packet only ends the time: no rule accepts it.
seconds=$(row packets | tr '|-' 'e-' | columns)
# shellcheck disable=SC2046,SC2086
$make $(printf '%s000000 ' $seconds 33) >"$work/drawn"
accepted="udp dst portrange 1-$(echo "$seconds" | wc -w)"
conditions=$(echo "$drawing" | sed -nE \
    '/^packets|^seconds/d; s/^ *([a-z].*[^ ])  +[e=-]+$/\1/p')
is "$(echo "$conditions" | wc -l)" 7 'time line: a row for each condition'
echo "$conditions" | while read -r condition; do
	case $condition in
	calm*) echo "rule \"$condition\" on v1 filter \"$accepted\" {
			every 3 packets
			$condition }" ;;
	*) echo "rule \"$condition\" on v1 filter \"$accepted\" {
			$condition }" ;;
	esac
done >"$work/rows"
replay -n -p json -r "$work/drawn" -f "$work/rows"
is "$status $(cat "$said")" '0 ' 'time line: no message'
for condition in every rate below idle after calm while; do
	is "$(sed -n "s/.*\"time\":\([0-9]*\)\..*\"event\":\"$condition\".*\
\"rule\":\"$condition .*/\1/p" "$printed" | tr '\n' ' ')" \
	    "$(row "$condition.*[a-z0-9]" | columns)" \
	    "time line: $condition"
done
# A capture that begins in 1970.
$make 0 5000000 >"$work/zero"
replay -n -p text -f "$work/rules" -r "$work/zero"
is "$(cut -d ' ' -f 1,2,6 "$printed" | tr '\n' ',')" \
    '0.000000 while up,5.000000 while up,' 'the time 0 is a time'
# A command that always fails is repeated while the file lasts, at the most.
cat >"$work/fails" <<-EOF2
	rule "fails" on em0 {
		every 1 packet run sh -c "echo failed; exit 1" retry 2s
		    interval 6s
	}
EOF2
$make 1000000 2000000 >"$work/two"
replay -f "$work/fails" -r "$work/two"
is "$status $(tr '\n' ' ' <"$printed")" '0 failed failed ' \
    'the end of the file ends a retry that an interval holds back'
head -c 90 "$file" >"$work/part"
replay -n -f "$work/rules" -r "$work/part"
is "$status $(cat "$said")" \
    "1 bpfstatsd: $work/part: truncated: the file ends within a packet" \
    'rules and a truncated file: the message names the file'
status=0
setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all \
    "$BPFSTATSD" -n -r - -c 3 <"$file" >"$printed" 2>"$said" || status=$?
is "$status $(cat "$said" "$printed")" "0 $(cat tests/replay/count)" \
    'without privileges: the same runs'

# Real runs, one after the other, are the runs that -n prints.
for policy in once drop queue restart; do
	for interval in 0 2s; do
		replay -n -r "$file" -m $interval -o $policy
		cut -d ' ' -f 3- "$printed" >"$work/told"
		replay -r "$file" -m $interval -o $policy sh -c "sleep 0.01; $note"
		is "$status $(cat "$said" "$printed")" "0 $(cat "$work/told")" \
		    "runs: -o $policy -m $interval: the same as -n"
	done
done
for triggers in '-c 1 -t 2s' '-b 100 -c 3 -c 4/1s -t 1s' '-t 500ms -m 5s'; do
	# shellcheck disable=SC2086
	replay -n -r "$file" $triggers
	cut -d ' ' -f 2- "$printed" >"$work/told"
	# shellcheck disable=SC2086
	replay -r "$file" $triggers sh -c "printf '%s ' \"\$BPFSTATSD_EVENT\"
	    $note"
	is "$status $(cat "$said" "$printed")" "0 $(cat "$work/told")" \
	    "runs: $triggers: the same as -n"
done
# -p prints the same lines with the names, with -n, a command, or neither.
sed "s,\$, $file $file -," tests/replay/many >"$work/named"
for how in -n '' true; do
	option=${how#true}
	command=${how#-n}
	# shellcheck disable=SC2086
	replay $option -p text -r "$file" -b 100 -c 3 -c 4/1s -t 1s $command
	is "$status $(cat "$said" "$printed")" "0 $(cat "$work/named")" \
	    "-p text${how:+, $how}: the lines of -n"
	# shellcheck disable=SC2086
	replay $option -p json -r "$file" -b 100 -c 3 -c 4/1s -t 1s $command
	is "$status $(cat "$said") $(python3 -c 'import json, sys
for l in sys.stdin:
    o = json.loads(l)
    assert o["bytes"] == 60 * o["total"] and o["key"] is None
    print("%.6f" % o["time"], o["event"], o["events"], o["count"],
        o["total"], o["rule"], o["interface"], "-")' <"$printed")" \
	    "0  $(cat "$work/named")" "-p json${how:+, $how}: the same"
done
replay -z -p text -r "$file" -c 4
is "$status $(cut -d ' ' -f 1-5 "$printed")" "0 $(cat tests/replay/single)" \
    '-z -p: the first line'

# bytes_known triggers wanted: the bytes so far at each run of the rule.
bytes_known() {
	# shellcheck disable=SC2016,SC2086
	replay -r "$file" $1 sh -c \
	    'echo "$BPFSTATSD_TOTAL ${BPFSTATSD_BYTES-none}"'
	is "$status $(cat "$said") $(tr '\n' ',' <"$printed")" "0  $2" \
	    "runs: $1: BPFSTATSD_BYTES"
}
bytes_known '-b 150' '3 180,5 300,8 480,10 600,'
bytes_known '-b 600 -c 4' '4 240,8 480,10 600,'
bytes_known '-c 4' '4 none,8 none,'
# shellcheck disable=SC2016
replay -r "$file" -z sh -c 'echo "$BPFSTATSD_INTERFACE"; exit 7'
is "$status $(cat "$printed")" "7 $file" \
    '-z: ends with the exit status of the first run'
replay -r "$file" -T 100ms -c 5 sh -c 'trap "echo ended; exit" TERM
    sleep 60 & wait'
is "$status $(tr '\n' ' ' <"$printed")" '0 ended ended ' \
    '-T: timeouts are in real time'
# shellcheck disable=SC2016
replay -r - sh -c 'cat' <"$file"
is "$status $(cat "$printed")" '0 ' 'commands do not inherit the savefile'

# A command that cannot start is tried again; no event is lost.
cp /bin/true "$work/command"
: >"$printed"
"$BPFSTATSD" -v -r - "$work/command" <"$file" 2>"$log" &
daemon=$!
ended "$daemon" 20
daemon=
is "$status $(lines ' started: ')" '0 11' 'a run for each event'
mkfifo "$work/late"
"$BPFSTATSD" -v -r - "$work/command" <"$work/late" 2>"$log" &
daemon=$!
exec 9>"$work/late"
head -c 24 "$file" >&9
until_true 10 grep -q counting "$log"
printf '#!/nonexistent/interpreter\n' >"$work/new"
chmod 755 "$work/new" && mv "$work/new" "$work/command"
tail -c +25 "$file" >&9
exec 9>&-
until_true 10 grep -q 'cannot start: .*; trying again' "$log"
cp /bin/true "$work/new" && mv "$work/new" "$work/command"
ended "$daemon" 20
daemon=
is "$status $(lines ' started: ')" '0 11' 'failed starts lose no event'

# Signals interrupt the daemon while it waits for the file's next bytes.
waits() {
	mkfifo "$work/fifo"
	exec 9<>"$work/fifo"
	"$BPFSTATSD" -v -n -r - "$@" <&9 >"$printed" 2>"$log" &
	daemon=$!
}

done_waiting() {
	exec 9>&-
	rm "$work/fifo"
	daemon=
}

in_poll() {
	set -- "$1" "$(children "$1")"
	[ -n "$2" ] && grep -q poll "/proc/$1/wchan" "/proc/${2%% *}/wchan"
}

waits -e udp
until_true 10 in_poll "$daemon"
stop
is "$status" 0 'SIGTERM before the head of the file: exit 0'
done_waiting
waits -e udp
cat "$file" >&9
until_true 10 grep -q ': counting' "$log"
until_true 10 stats_reach packets 11
stop
is "$status $packets $events" '0 11 11' \
    'statistics and SIGTERM while the pipe is empty'
is "$(wc -l <"$printed")" 11 'SIGTERM: earlier runs are printed'
done_waiting
waits -b 150 -c 3
cat "$file" >&9
until_true 10 grep -q ': counting' "$log"
until_true 10 stats_reach packets 11
stop
is "$packets $(value bytes) $events" '11 660 7' 'statistics with bytes'
done_waiting

# The same while standard output is blocked.
mkfifo "$work/full"
exec 9<>"$work/full"
dd if=/dev/zero of="$work/full" oflag=nonblock bs=4096 status=none 2>/dev/null

for signal in TERM INT; do
	"$BPFSTATSD" -v -n -r "$file" true >"$work/full" 2>"$log" &
	daemon=$!
	until_true 5 grep -q ': counting' "$log"
	holds "a blocked standard output: statistics" \
	    until_true 5 stats_reach packets 11
	kill -$signal "$daemon"
	holds "a blocked standard output: SIG$signal ends the daemon" \
	    ended "$daemon" 5
	is "$status $(lines 'standard output: not read; lines lost: 11')" '0 1' \
	    "a blocked standard output: the log says what is lost"
	kill -KILL "$daemon" 2>/dev/null
	daemon=
done
exec 9>&-
rm "$work/full"

# Files that are no capture files or are truncated.
mkdir "$work/directory"
: >"$work/empty"
echo 'no capture, to be sure, but a text' >"$work/text"
wrong "$work/directory: Is a directory" -n -r "$work/directory"
wrong "$work/empty: empty, not a capture file" -n -r "$work/empty"
wrong "$work/text: not a capture file that libpcap can read" \
    -n -r "$work/text"
wrong "$work/none: No such file or directory" -n -r "$work/none"
wrong "$work/text: not a capture file that libpcap can read" \
    -n -r "$work/text" -e udp
head -c 20 "$file" >"$work/head"
wrong "$work/head: not a capture file that libpcap can read" \
    -n -r "$work/head"
head -c 400 "$file" >"$work/cut"
wrong "$work/cut: truncated: the file ends within a packet" -n -r "$work/cut"
is "$(cat "$printed")" "$(head -n 4 tests/replay/plain)" \
    'cut: earlier runs are printed'
wrong "$work/cut: truncated: the file ends within a packet" -n -r "$work/cut" -m 1h
is "$(cat "$printed")" '1.000000 every 1 1 1
3601.000000 every 3 3 4' 'cut: deferred runs are printed'
head -c 408 "$file" >"$work/damaged"
head -c 32 /dev/zero | tr '\0' '\377' >>"$work/damaged"
tail -c +441 "$file" >>"$work/damaged"
wrong "$work/damaged: damaged, or of several link types" -n -r "$work/damaged"
head -n 5 tests/replay/plain >"$work/five"
is "$(cat "$printed")" "$(cat "$work/five")" 'damaged: earlier runs are printed'

# usage text argument ...: a usage error, exit 2.
usage() {
	text=$1
	shift
	replay "$@"
	is "$status $(head -n 1 "$said" | cut -c 1-40)" "2 bpfstatsd: $text" \
	    "usage: $text"
}

usage '-n: needs -r or -f; to see ev' -n true
usage '-i: cannot be used with -r' -r "$file" -i lo true
usage '-w: cannot be used with -r' -r "$file" -w true
usage '-Q: cannot be used with -r: m' -r "$file" -Q in true
like "$(head -n 1 "$said")" 'Linux cooked packets \(SLL and SLL2' \
    '-Q: the message names the formats with a direction'
usage 'command: missing; name the pr' -r "$file"
usage '-f: -r reads standard input a' -n -r - -f - </dev/null
usage '-r: -F reads standard input a' -n -F - -r - </dev/null
replay -n -r "$file" -e 'tcp port'
is "$status $(head -n 1 "$said")" "1 bpfstatsd: $file: filter: can't parse \
filter expression: syntax error" 'a wrong filter is an error'

# Live counts and a replay of the same packets give the same runs.
sent=1000000
$make -n $sent >"$work/live"

# rule number argument ...: starts one of the live daemons.
rule() {
	rule=$1
	shift
	"$BPFSTATSD" -v -i v1 -o queue "$@" sh -c "$note" >"$work/live.$rule" \
	    2>"$work/log.$rule" &
	eval "rule_$rule=\$!"
	until_true 10 test -e "$work/log.$rule"
	until_true 10 grep -q ': counting' "$work/log.$rule"
}

rules() {
	$1 1 -c 1000
	$1 2 -c 777
	$1 3 -c 100000
	$1 4 -c 1 -e 'udp dst port 7'
	$1 5 -c 100 -e 'udp[2:2] & 15 = 5'
	$1 6 -c 1 -e 'tcp'
	$1 7 -c 5000 -e 'udp'
	$1 8 -c 2500 -e 'greater 60'
	$1 9 -c 2510 -e 'not ip6'
	$1 10 -c 70 -e 'dst portrange 1000-3000'
	$1 11 -b 100000
	$1 12 -b 7K -e 'udp[2:2] & 15 = 5'
}

# same number argument ...: the replay's runs equal those of the live rule.
same() {
	rule=$1
	shift
	replay -n -r "$work/live" -o queue "$@"
	cut -d ' ' -f 3,4 "$printed" >"$work/told"
	until_true 20 same_lines "$work/told" "$work/live.$rule"
	cut -d ' ' -f 1,2 "$work/live.$rule" >"$work/ran"
	eval "kill \"\$rule_$rule\"; ended \"\$rule_$rule\" 10"
	holds "live and replay: $(wc -l <"$work/told") runs of $*" \
	    cmp -s "$work/told" "$work/ran"
}

same_lines() {
	[ "$(wc -l <"$1")" -eq "$(wc -l <"$2")" ]
}

rules rule
$make -s v0 -n $sent
is "$(cat /sys/class/net/v1/statistics/rx_packets)" $sent "$sent arrived"
rules same

done_testing
