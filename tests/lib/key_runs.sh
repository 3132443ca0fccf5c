# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Functions for tests of the runs of keys, on any system; read after live.sh,
# own_network and reload.sh.  The test has a function "each_sends number": each
# of $sources sources sends so many packets to one address.
# shellcheck shell=sh disable=SC2034,SC2154

sources=50

# The command notes how many run, itself included.
cat >"$work/run" <<'RUN'
mkdir "$1/$$"
ls -d "$1"/[0-9]* | wc -l >>"$1/beside"
sleep 0.05
rmdir "$1/$$"
RUN

# keys rule event: prints the keys, of one part, of a rule's events, and the
# events of each.
keys() {
	awk -v rule="$1" -v event="$2" '
	    $6 == rule && $2 == event && NF == 8 { n[$8] += $3 }
	    END { for (key in n) print key, n[key] }' "$work/out"
}

# sum_reaches number rule event: the events of all these keys.
sum_reaches() {
	least=$1
	shift
	[ "$(keys "$@" | awk '{ n += $2 } END { print n + 0 }')" -ge "$least" ]
}

# each_has keys number rule event: waits until so many keys have events, and
# checks that each has this number.
each_has() {
	of=$1 wanted=$2
	shift 2
	until_true 20 sum_reaches $((of * wanted)) "$@"
	is "$(keys "$@" | cut -d ' ' -f 2 | sort | uniq -c | tr -s ' ')" \
	    " $of $wanted" "$title: $1: $2: $wanted of each of $of keys"
}

# held: prints the runs of the keys with two parts.
held() {
	awk '$6 == "held" && NF == 9' "$work/out" | wc -l
}

held_reach() {
	[ "$(held)" -ge "$1" ]
}

# line_like rule pattern: the statistics of the rule match.
line_like() {
	ask_for_stats || return
	# The lines of all rules follow each other.
	sleep 0.2
	grep ": $1: packets" "$log" | tail -n 1 | grep -q "$2"
}

# key_runs interface: the events of each key have their runs, as many at a time
# as allowed, also beyond a reload; an interval holds back a key.
key_runs() {
	dir=$work/runs.$title
	mkdir "$dir"
	put "rule runs on $1 {
	every 10 packets by source run sh \"$work/run\" \"$dir\" busy queue runs 4
	calm 300ms run true busy queue
	idle 300ms by source run true busy queue
}
rule held on $1 {
	every packet by source, destination run true interval 1h
	every packet by source keys 20 run true busy queue
}"
	start -p text -f "$rules" || not_ok "$title: the daemon starts"
	each_sends 5
	until_true 20 held_reach $sources
	is "$(keys runs every)" '' "$title: 5 packets of a key: no event"
	# The tables, and what is held back, survive a reload.
	put "$(cat "$rules")
rule more on $1 { every 100 packets run true }"
	reload "reload: rules"
	each_sends 5
	each_has $sources 1 runs every
	each_has $sources 1 runs calm
	until_true 20 sum_reaches $sources runs idle
	is "$(keys runs idle | wc -l)" $sources "$title: each key is gone"
	like "$(sort -n "$dir/beside" | tail -n 1)" '^[234]$' \
	    "$title: several runs at a time, at most 4"
	each_has 20 10 held every
	is "$(held)" $sources "$title: an interval outlasts a reload"
	holds "$title: others than 20 keys are untracked" \
	    until_true 20 line_like held ', untracked 300, keyless 0,'
}
