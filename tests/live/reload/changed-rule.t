#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A changed rule: the command of the rule before ends first, and only then does
# a command of the new rule start.
. tests/lib/live.sh
own_network "$@"
. tests/lib/book.sh

# A command that ends when the file exists, whatever signal comes.
cat >"$work/slow" <<'SLOW'
trap 'echo "$1 told" >>"$2"' TERM
echo "$1 begins" >>"$2"
until [ -e "$2.$1" ]; do sleep 0.02; done
echo "$1 ends" >>"$2"
SLOW

# changed trigger: reloads with this trigger in the rule, beside a rule that
# tells when no packet came for 400 ms.
changed() {
	cat >"$work/rules" <<-RULES
	rule "r" on v1 in { $1 }
	rule "clock" on v1 in { idle 400ms run sh -c "echo quiet >>$book.clock" }
	RULES
	: >"$book"
	before=$(lines 'reload: rules')
	kill -HUP "$daemon"
	until_true 10 lines_reach 'reload: rules' $((before + 1)) ||
	    not_ok "the reload ends" "$(cat "$log")"
}

# packet_and_silence: sends a packet and waits until the silence is complete.
packet_and_silence() {
	: >"$book.clock"
	packet
	until_true 10 grep -q quiet "$book.clock"
}

packet() {
	$bin/flood v0 1 >/dev/null
}

book_is() {
	[ "$(tr '\n' ',' <"$book")" = "$1" ]
}

# wrote lines description: waits for these lines of the book.
wrote() {
	holds "$2" until_true 4 book_is "$1"
	book_is "$1" || sed 's/^/# /' "$book"
}

begin <<RULES
rule "r" on v1 in { every 1 packet run sh "$work/slow" one "$book" }
RULES
packet
wrote 'one begins,' 'the command runs'
changed "every 1 packet run sh \"$work/slow\" two \"$book\""
wrote 'one told,' 'a reload ends the command of a changed rule'
packet_and_silence
wrote 'one told,' 'the command of the new rule waits for that end'
kill -HUP "$daemon"
until_true 10 lines_reach 'reload: rules .* 2 unchanged' 1
: >"$book.one"
wrote 'one told,one ends,two begins,' \
    'the command starts then, also after another reload'

changed "while 200ms run sh \"$work/slow\" three \"$book\""
packet_and_silence
: >"$book.two"
wrote 'two told,two ends,' 'while: no start after the silence'
packet
wrote 'two told,two ends,three begins,three told,' \
    'while: the next packet starts the command'

changed "every 1 packet run sh \"$work/slow\" four \"$book\" timeout 100ms"
packet_and_silence
: >"$book.four"
: >"$book.three"
wrote 'three ends,four begins,four ends,' \
    'a timeout during the wait loses no event'
stop
is "$status" 0 'SIGTERM: exit 0'
done_testing
