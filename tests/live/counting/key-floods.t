#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A table of keys in the kernel, flooded on two processors, with room for all
# keys and with less: the sums, the count of each key and its events are exact,
# also while places go from key to key, thousands of times: for this the clock of
# some tables is many times as fast as the kernel's.
. tests/lib/live.sh
own_network "$@"

# flood description condition count time keys sources
flood() {
	about=$1
	shift
	# shellcheck disable=SC2086
	if $wrap $bin/flood_keys "$@" "$packets" \
	    >"$work/figures" 2>"$work/error"; then
		ok "$mode: $about"
	else
		not_ok "$mode: $about" "$(cat "$work/error")"
	fi
	sed 's/^\([^#]\)/# \1/' "$work/figures"
}

# part word: prints the number in front of a word of the last flood.
part() {
	sed -n "s/.* \([0-9]*\) $1.*/\1/p" "$work/figures"
}

# changes condition count time keys sources: a flood with a fast clock, in which
# places go from key to key, and not all keys have one.
changes() {
	about="$1, a fast clock, $4 places, $5 sources"
	speed=$((1000000 / $5))
	flood "$about" -s $speed "$@"
	holds "$mode: $about: places go from key to key" \
	    [ "$(part changes)" -ge "$(($4 * packets / 200000))" ]
	holds "$mode: $about: some are refused" [ "$(part refused)" -gt 0 ]
}

for mode in root 'without CAP_PERFMON'; do
	wrap='' packets=$(size 100000 1000000 5000000)
	[ "$mode" = root ] ||
	    wrap='setpriv --bounding-set -perfmon,-sys_admin' \
		packets=$(size 50000 200000 1000000)
	flood 'every, one source' every 100 0 4096 1
	flood 'every, a hundred sources' every 100 0 4096 100
	flood 'every, as many sources as places' every 3 0 4096 4096
	flood 'every, more sources than places' every 3 0 1000 4096
	flood 'rate 2' rate 2 1000000 4096 100
	flood 'rate 33, one source' rate 33 1000000 4096 1
	flood 'rate 500' rate 500 1000000 4096 3
	flood 'rate, more sources than places' rate 10 100 1000 4000
	flood 'after, more sources than places' after 0 100 1000 4000
	flood 'below 2, one source' below 2 5000 4096 1
	flood 'below 33, a hundred sources' below 33 5000 4096 100
	holds "$mode: below 33: an event of each" [ "$(part events)" -eq 100 ]
	flood 'below 500, a few sources' below 500 5000 4096 3
	holds "$mode: below 500: an event of each" [ "$(part events)" -eq 3 ]
	flood 'below, more sources than places' below 10 100 1000 4000
	flood 'idle, a few sources' idle 0 10 4096 1000
	flood 'idle, more sources than places' idle 0 10 1000 100000
	changes rate 3 1000 1000 2000
	changes rate 34 1000 2 3
	changes after 0 1000 1000 2000
	changes after 0 1000 8 20
	changes idle 0 1000 1000 2000
	changes idle 0 1000 2 3
done
mode=root wrap='' packets=$(size 100000 1000000 5000000)
flood 'every, a million places and sources' every 3 0 1000000 1000000
flood 'rate, a million places and sources' rate 3 1000000 1000000 1000000
flood 'rate, a million sources, few places' rate 3 100 4096 1000000
flood 'idle, a million places and sources' idle 0 500 1000000 1000000
done_testing
