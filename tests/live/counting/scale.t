#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Many rules, long filters and many interfaces in one daemon, with the limit
# that old kernels have for the memory of a socket's options. Times are compared
# with those of a thousand processes, which the same machine runs meanwhile.
. tests/lib/live.sh
. tests/lib/bench.sh
own_network "$@"

echo 20480 >/proc/sys/net/core/optmem_max || exit 1
make=tests/bench/make_rules
rules=$work/rules
pairs=100

# long terms: prints an expression with so many comparisons.
long() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "%sip[4:2] = %d", i ? " or " : "", i * 7 }'
}

# instructions expression: prints the length of the filter.
instructions() {
	tcpdump -i v1 -ddd "$1" | head -n 1
}

milliseconds() {
	echo $(($(date +%s%N) / 1000000))
}

# thousand: prints the time of a thousand processes, ms.
thousand() {
	begun=$(milliseconds)
	spawned=0
	while [ "$spawned" -lt 1000 ]; do
		spawned=$((spawned + 1))
		/bin/true
	done
	echo $(($(milliseconds) - begun))
}

# all_count number: so many rules count, or the daemon has ended.
all_count() {
	lines_reach ': counting' "$1" || not_running "$daemon"
}

# start_file number: starts the daemon with $rules; $took is in ms.
start_file() {
	: >"$log"
	begun=$(milliseconds)
	"$BPFSTATSD" -v -f "$rules" >"$work/out" 2>"$log" &
	daemon=$!
	until_true 120 all_count "$1"
	took=$(($(milliseconds) - begun))
	[ "$(lines ': counting')" -eq "$1" ]
}

# end_file: ends the daemon and all its processes; $took is in ms.
end_file() {
	processes=$(tree "$daemon")
	begun=$(milliseconds)
	kill "$daemon"
	until_true 120 all_ended
	took=$(($(milliseconds) - begun))
	ended "$daemon" 10
	daemon=
}

all_ended() {
	for process in $processes; do
		not_running "$process" || return
	done
}

# all_told number: each rule has a line of statistics since the question.
all_told() {
	lines_reach ': packets .* runs ' $((told + $1))
}

# packets number: asks for statistics and prints how many of the last lines
# have each number of packets.
packets() {
	told=$(lines ': packets .* runs ')
	kill -USR1 "$daemon"
	until_true 20 all_told "$1"
	grep ': packets .* runs ' "$log" | tail -n "$1" |
	    sed 's/.*: packets \([0-9]*\),.*/\1/' | sort -n | uniq -c | tr -s ' '
}

# Long filters.

title="a long filter"
filter=$(long 1140)
length=$(instructions "$filter")
holds "$title has $length instructions" [ "$length" -ge 2000 ]
start -i v1 -c 1000000000 -e "$filter" true
is "$(lines 'counting.*extended filter')" 1 "$title is an extended one"
$bin/flood_frames v0 10000 1 0 >"$work/ns" <<-frames
	id=7
	id=8
frames
stats
is "$packets" 5000 "$title: packets"
stop
filter=$(long 2140)
length=$(instructions "$filter")
holds "a classic one has $length instructions" [ "$length" -ge 4000 ]
status=0
setpriv --bounding-set -bpf,-sys_admin "$BPFSTATSD" -i v1 -e "$filter" true \
    2>"$log" || status=$?
is "$status" 1 "a classic one is refused: exit"
like "$(cat "$log")" \
    'optmem_max is 20480; "sysctl net.core.optmem_max=131072" allows longer' \
    "a classic one is refused: the message names the remedy"

# Many rules on one interface. Each frame of a flood matches one in a hundred.

sh $make hit 100 v1 <tests/bench/filters.txt >"$work/hit"
for count in 100 1000; do
	title="$count rules"
	sh $make daemon $count v1 <tests/bench/filters.txt >"$rules"
	before=$(thousand)
	holds "$title: start" start_file $count
	started=$took
	after=$(thousand)
	second=$((before > after ? before : after)) # about that
	bound=$((3 * second))
	holds "$title: start in $started ms, bound $bound ms" \
	    [ "$started" -lt "$bound" ]
	is "$(lines 'counting.*extended filter')" $count \
	    "$title: all have an extended filter"
	$bin/flood_frames v0 10000 1 0 <"$work/hit" >"$work/ns"
	is "$(packets $count)" " $count 100" "$title: packets"
	holds "$title: $(descriptors "$daemon") descriptors" \
	    [ "$(descriptors "$daemon")" -lt 100 ]
	sed '1s/filter ".*" {/filter "udp dst port 7" {/' "$rules" \
	    >"$rules.new"
	mv "$rules.new" "$rules"
	begun=$(milliseconds)
	kill -HUP "$daemon"
	until_true 120 lines_reach 'reload: rules' 1
	reloaded=$(($(milliseconds) - begun))
	holds "$title: reload in $reloaded ms, bound $bound ms" \
	    [ "$reloaded" -lt "$bound" ]
	$bin/flood_frames v0 10000 1 0 <"$work/hit" >"$work/ns"
	is "$(packets $count | tr '\n' ,)" " 1 0, $((count - 1)) 200," \
	    "$title: reload keeps the counts of rules that stay"
	end_file
	holds "$title: end in $took ms, bound $second ms" \
	    [ "$took" -lt "$second" ]
	is "$status" 0 "$title: exit"
done

# A rule on each of many interfaces.

title="$((2 * pairs)) interfaces"
pair=0
while [ $pair -lt $pairs ]; do
	pair=$((pair + 1))
	echo "link add s$pair type veth peer name r$pair"
	echo "link set s$pair up"
	echo "link set r$pair up"
done | ip -batch - || not_ok "$title: veth pairs"
for interface in /sys/class/net/[rs][0-9]*; do
	interface=${interface##*/}
	echo "rule \"$interface\" on $interface in" \
	    "filter \"ether proto 0x88b5\" {" \
	    "every 1000000000 packets run \"true\" }"
done >"$rules"
holds "$title: start" start_file $((2 * pairs))
# A tap has four sockets in two processes, and an array and four programs in one.
holds "$title: $(descriptors "$daemon") descriptors" \
    [ "$(descriptors "$daemon")" -lt $((2 * pairs * 13 + 100)) ]
pair=0
while [ $pair -lt $pairs ]; do
	pair=$((pair + 1))
	$bin/flood "s$pair" $pair >/dev/null
done
{
	seq $pairs | sed 's/^/ 1 /'
	echo " $pairs 0"
} | sort -n -k 2 >"$work/wanted"
packets $((2 * pairs)) | sort -n -k 2 >"$work/got"
holds "$title: packets" cmp "$work/got" "$work/wanted"
end_file
is "$status" 0 "$title: exit"
done_testing
