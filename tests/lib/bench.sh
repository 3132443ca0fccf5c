# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Functions for benchmarks; read after live.sh.
# shellcheck shell=sh

# median: prints the median of the numbers on stdin.
median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# calc expression [digits]: prints the value with two digits or the given ones.
calc() {
	awk "BEGIN { printf \"%.${2:-2}f\", $1 }"
}

# tree pid: prints the pid and its descendants.
tree() {
	echo "$1"
	for below in $(children "$1"); do
		tree "$below"
	done
}

# memory pid: prints the proportional set of the process tree, MiB.
memory() {
	for process in $(tree "$1"); do
		cat "/proc/$process/smaps_rollup" 2>/dev/null
	done | awk '/^Pss:/ { n += $2 } END { printf "%.1f", n / 1024 }'
}

# descriptors pid: prints the number of descriptors of the process tree.
descriptors() {
	for process in $(tree "$1"); do
		find "/proc/$process/fd" -type l
	done | wc -l
}
