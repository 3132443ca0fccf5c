#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The events of each key have their runs: beside each other, one after another,
# repeated, ended, and not at all while an interval holds them back.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh
. tests/lib/key_runs.sh
. tests/lib/book.sh

title=linux

# sends number sources: packets, of each source in turn.
sends() {
	$bin/flood_sources v0 "$1" "$2" >/dev/null
}

each_sends() {
	sends $(($1 * sources)) $sources
}

# noted: prints the lines of the book, each with its number.
noted() {
	sort "$book" | uniq -c | tr -s ' \n' ' '
}

noted_reach() {
	[ "$(grep -c "^$1$" "$book")" -ge "$2" ]
}

key_runs v1
stop
is "$status" 0 'exit 0'

# The commands of a changed rule wait for the old ones.
cat >"$work/slow" <<'SLOW'
trap : TERM
echo on >>"$1"
sleep 1
echo off >>"$1"
SLOW
begin <<RULES
rule r on v1 { every packet by source run sh "$work/slow" "$book" runs 8 }
RULES
sends 8 8
until_true 10 noted_reach on 8
put "rule r on v1 {
	every packet by source run sh -c \"echo new >>$book\" runs 8
}"
reload "reload: rules"
sends 8 8
until_true 20 noted_reach new 8
is "$(uniq -c "$book" | tr -s ' \n' ' ')" ' 8 on 8 off 8 new ' \
    'a changed rule: its commands wait for the old ones'
stop

# Restart ends the run of the same key only, and a signal ends all.
cat >"$work/long" <<'LONG'
echo "$BPFSTATSD_KEY" >>"$1"
exec sleep 100
LONG
begin <<RULES
rule r on v1 {
	every packet by source run sh "$work/long" "$book" runs 64 busy restart
}
RULES
sends 64 64
until_true 10 book_has 64
sends 3 3
until_true 10 book_has 67
is "$(noted | grep -o ' 2 ' | wc -l)" 3 'restart: three keys run again'
stats
is "$runs $failures" '67 3' 'restart: and three runs were ended'
stop
is "$status" 0 'restart: SIGTERM ends all runs'

# A repetition and a timeout are those of one key.
cat >"$work/fail" <<'FAIL'
echo "$BPFSTATSD_KEY" >>"$1"
[ "$BPFSTATSD_KEY" != 10.0.0.1 ]
FAIL
begin <<RULES
rule r on v1 {
	every packet by source run sh "$work/fail" "$book" retry 100ms
}
rule t on v1 { every packet by source run sleep 100 timeout 300ms runs 3 }
RULES
sends 3 3
until_true 20 noted_reach 10.0.0.1 5
is "$(grep -cv '^10.0.0.1$' "$book")" 2 'retry: of the key that failed'
until_true 20 lines_reach 'signal 15' 3
is "$(lines 'signal 15')" 3 'timeout: of each run'
stop

start -z -i v1 -c 2 -k source sh -c 'exit 9'
sends 8 4
ended "$daemon" 10
is "$status" 9 '-z: ends with the exit status of the first run'

# Packets of a key that an interval holds back wake now and then, and hold up
# no other key.
begin <<RULES
rule r on v1 {
	every packet by source run sh -c "echo \$BPFSTATSD_KEY >>$book" interval 1h
}
RULES
stats
before=$wakeups
begun=$(date +%s%N)
sends "$(size 500000 5000000)" 1
stats
ms=$((($(date +%s%N) - begun) / 1000000))
holds "a flood of a key: $((wakeups - before)) wake-ups in $ms ms" \
    [ $((wakeups - before)) -le $((ms + 20)) ]
sends 2 2
until_true 10 book_has 2
is "$(noted)" ' 1 10.0.0.0 1 10.0.0.1 ' 'a flood of a key: another key runs'
stop
done_testing
