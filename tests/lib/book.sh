# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Functions for tests whose commands write lines to $book.  A test reads the
# file behind tests/lib/live.sh, in its own network.
# shellcheck shell=sh disable=SC2034,SC2154

# book_has number: the commands have written at least that many lines.
book=${work:?}/book
book_has() {
	[ -e "$book" ] && [ "$(wc -l <"$book")" -ge "$1" ]
}

# begin: starts the daemon with the rules of standard input and an empty book.
begin() {
	cat >"$work/rules"
	: >"$book"
	start -f "$work/rules"
}

# apart first second: prints the ms between two lines of the book.
apart() {
	awk -v f="$1" -v s="$2" 'NR == f { a = $2 } NR == s { b = $2 }
	END { printf "%d\n", (b - a) / 1000000 }' "$book"
}
