#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Each fuzzer starts from its corpus. By default it executes a fixed number of
# inputs from a fixed seed, which takes about 20 s on an idle machine. With
# FUZZ_TIME it runs for the given number of seconds from a random seed, and
# build/fuzz keeps each input that reaches new code for the next run. A failing
# input is kept there in both cases.
. tests/lib/live.sh
own_network "$@"

# figure name: prints a figure of libFuzzer's last lines.
figure() {
	sed -n "s/^stat::$1: *//p" "$log"
}

# runs name: prints the executions of this fuzzer in about 20 s.
runs() {
	case $1 in
	translate) echo 8000 ;;
	*) echo 40000 ;;
	esac
}

for program in tests/fuzz/bin/*; do
	name=${program##*/}
	if [ -n "${FUZZ_TIME:-}" ]; then
		kept=build/fuzz/corpus-$name least=1000
		set -- -max_total_time="$FUZZ_TIME"
	else
		kept=$work/$name least=$(runs "$name")
		set -- -seed=1 -runs="$least"
	fi
	mkdir -p build/fuzz "$kept"
	if "$program" "$@" -timeout=20 \
	    -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" \
	    "$kept" "tests/fuzz/corpus-$name" >"$log" 2>&1; then
		ok "$name"
	else
		not_ok "$name" "$(sed '1,/^#.*INITED/d; /^#[0-9]/d' "$log")" \
		    'with the fix, add this input' \
		    "to tests/fuzz/corpus-$name"
	fi
	sed -n 's/^stat::too_complex/# too complex/p' "$log"
	grep '^#.*cov:' "$log" | tail -n 1 | sed 's/^#*/# /'
	holds "$name: it has compared some inputs" \
	    [ "$(figure number_of_executed_units)" -ge "$least" ]
done
done_testing
