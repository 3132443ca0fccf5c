# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A function for tests that hold the other end of an output, by holder.py.  A
# test reads the file behind tests/lib/live.sh, in its own network, and opens
# descriptor 9 for the words.
# shellcheck shell=sh disable=SC2154

# obey word: the holder executes the word and answers.
obey() {
	: >"$work/done"
	echo "$1" >&9
	until_true 10 grep -qx "$1" "$work/done"
}
