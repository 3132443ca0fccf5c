#!/bin/sh
# Each fuzzer, from its corpus on: for 20 s and always the same, or for
# FUZZ_TIME seconds by chance; then build/fuzz keeps what reaches something new
# for the next time.  A find is kept there always.
. tests/live/lib.sh
own_network "$@"

# figure name: of libFuzzer's last lines.
figure() {
	sed -n "s/^stat::$1: *//p" "$log"
}

for program in tests/fuzz/bin/*; do
	name=${program##*/}
	kept=$work/$name
	[ -z "${FUZZ_TIME:-}" ] || kept=build/fuzz/corpus-$name
	mkdir -p build/fuzz "$kept"
	[ -n "${FUZZ_TIME:-}" ] || set -- -seed=1
	if "$program" "$@" -max_total_time="${FUZZ_TIME:-20}" -timeout=20 \
	    -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" \
	    "$kept" "tests/fuzz/corpus-$name" >"$log" 2>&1; then
		ok "$name"
	else
		not_ok "$name" "$(sed '1,/^#.*INITED/d; /^#[0-9]/d' "$log")" \
		    'with what it takes to mend it, this input belongs' \
		    "to tests/fuzz/corpus-$name"
	fi
	sed -n 's/^stat::too_complex/# too complex/p' "$log"
	grep '^#.*cov:' "$log" | tail -n 1 | sed 's/^#*/# /'
	holds "$name: it has judged something" \
	    [ "$(figure number_of_executed_units)" -ge 1000 ]
done
done_testing
