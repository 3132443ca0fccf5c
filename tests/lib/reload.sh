# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Functions for tests of SIGHUP with the rules file $rules; read after live.sh
# and own_network.
# shellcheck shell=sh disable=SC2034

# shellcheck disable=SC2154
rules=${work:?}/rules
# The user of a daemon may be unable to reach the checkout, but reaches $work
# when its mode is 711.
nothing=$work/nothing
cp "$bin/do_nothing" "$nothing"

# put text: replaces the rules file with one rename.
put() {
	printf '%s\n' "$1" >"$rules.new"
	mv "$rules.new" "$rules"
}

# about rule: prints the rule's packets and events from the last line of
# statistics.
about() {
	sed -n "s/^bpfstatsd: $1: packets \([0-9]*\),.* events \([0-9]*\),.*/\1 \2/p" \
	    "$log" | tail -n 1
}

counted() {
	ask_for_stats && sleep 0.05 && [ "$(about "$1")" = "$2" ]
}

# reload [pattern]: sends SIGHUP and waits for the message that matches the
# pattern.
reload() {
	said=$(lines "${1:-reload: rules}")
	kill -HUP "$daemon"
	until_true 20 said_more "${1:-reload: rules}"
}

said_more() {
	[ "$(lines "$1")" -gt "$said" ]
}

# find_opener: sets $opener and $watcher.
find_opener() {
	opener=$(children "$daemon" | tr ' ' '\n' | head -n 1)
	watcher=$(children "$opener" | tr ' ' '\n' | head -n 1)
}

# things: prints the numbers of descriptors and children, which must not grow.
things() {
	find_opener
	for process in $daemon $opener $watcher; do
		find "/proc/$process/fd" -mindepth 1 | wc -l
	done
	children "$daemon" | wc -w
	children "$opener" | wc -w
}

memory() {
	for process in $daemon $opener; do
		sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' \
		    "/proc/$process/status"
	done
}

no_more_things() {
	[ "$(things)" = "$first" ]
}

# alone: true when the opener has exactly one child: the watcher.
alone() {
	find_opener
	[ "$(children "$opener" | wc -w)" -eq 1 ]
}
