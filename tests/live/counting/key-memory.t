#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Memory of a table of keys: the kernel's maps, and the processes' own.
. tests/lib/live.sh
. tests/lib/bench.sh
own_network "$@"

# maps pid: prints the KB of the kernel's maps that a process has open, or has
# given to its children, each once.
maps() {
	for process in $(tree "$1"); do
		cat "/proc/$process/fdinfo/"*
	done 2>/dev/null | awk '
	    $1 == "memlock:" { size = $2 }
	    $1 == "map_id:" && !seen[$2]++ { sum += size }
	    END { printf "%d\n", sum / 1024 }'
}

# own pid: prints the KB of the processes, without what they map.
own() {
	for process in $(tree "$1"); do
		cat "/proc/$process/smaps_rollup"
	done | awk '/^Anonymous:/ { sum += $2 } END { print sum }'
}

# measure trigger: sets map_kb and own_kb of a rule.
measure() {
	echo "rule \"keys\" on lo { $1 run \"true\" }" >"$work/rules"
	start -f "$work/rules"
	map_kb=$(maps "$daemon") own_kb=$(own "$daemon")
	stop
}

# keys_need condition keys KB: a rule with keys needs so much more at most.
keys_need() {
	measure "$1"
	without=$((map_kb + own_kb))
	measure "$1 by source keys $2"
	more=$((map_kb + own_kb - without))
	echo "# $more KB more, with those of the processes"
	holds "$1: $2 keys need at most $3 KB" [ "$more" -le "$3" ]
}

keys_need 'every 500 packets' 4096 1000
keys_need 'rate 500 packets / 10s' 4096 2000
keys_need 'every 500 packets' 1000000 200000
keys_need 'rate 500 packets / 10s' 1000000 450000
done_testing
