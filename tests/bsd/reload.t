#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each system: SIGHUP reloads the rules file, unchanged rules continue, and
# no packet is missed, even if the interface vanishes and returns before or
# during the reload.
. tests/bsd/lib.sh
[ -n "${FLAVOURS:-}" ] || at_once "$0"
own_network "$@"

reloads=$(size 20 60 1000)
. tests/lib/reload.sh

shared="rule shared on em0 { every 1000 packets run \"$nothing\" }"
one="rule one on em0 filter tcp { every 7 packets run \"$nothing\" }"
two="rule two on em0 in { every 3 packets run \"$nothing\" }"

reader() {
	echo "$watcher"
}

# alone: no child that read rules or compiled a filter is left, and no command
# runs.
alone() {
	find_opener
	[ "$(children "$daemon" | wc -w)" -eq 1 ] &&
	    [ "$(children "$opener" | wc -w)" -eq 1 ]
}

# things: prints the number of descriptors of each process, which must not grow.
things() {
	find_opener
	for process in $daemon $opener $(children "$opener"); do
		find "/proc/$process/fd" -type l | wc -l
	done
}

# daemon_of text: starts the daemon with these rules.
daemon_of() {
	flavour "$flavour"
	offer create em0
	put "$1"
	start -f "$rules" || not_ok "$title: the daemon starts"
}

# by_turns first second number: reloads two sets of rules in turn.
by_turns() {
	turns=0
	while [ "$turns" -lt "$3" ]; do
		put "$2"
		reload || return 1
		put "$1"
		reload || return 1
		turns=$((turns + 2))
	done
}

# Rules change while packets come and buffers overflow now and then.
flooded() {
	title="$flavour, flooded"
	daemon_of "$shared
$one"
	by_turns "$shared
$one" "$two
$shared" 2
	holds "$title: one watcher is left" until_true 10 alone
	first=$(things)
	memory >"$work/first"
	rm -f "$work/enough"
	{ while [ ! -e "$work/enough" ]; do
		offer send em0 20000 500 1000
		offer send em0 60000 60000
	done; } >"$work/floods" &
	sender=$!
	holds "$title: $reloads reloads" by_turns "$shared
$one" "$two
$shared" "$reloads"
	touch "$work/enough"
	wait "$sender"
	sent=$(awk '{ n += $2 } END { print n }' "$work/floods")
	holds "$title: $sent packets are counted" until_true 20 \
	    counted shared "$sent $((sent / 1000))"
	echo "# sent $sent, counted and events $(about shared)"
	echo "# $(offer devices | tr '\n' ';')"
	holds "$title: buffers overflow" [ "$(dropped em0)" -gt 0 ]
	until_true 10 alone
	until_true 5 no_more_things
	is "$(things)" "$first" "$title: descriptors and processes do not grow"
	memory >"$work/last"
	# shellcheck disable=SC2016
	holds "$title: memory grows by 200 KB at most" awk '
		NR == FNR { was[FNR] = $1; next }
		$1 > was[FNR] + 200 { exit 1 }' "$work/first" "$work/last"
	# shellcheck disable=SC2046,SC2086
	echo "# descriptors" $first "KB" $(cat "$work/last")
	harmless
}

# refused text pattern what: the reload is refused, and the old rules continue.
refused() {
	put "$1"
	reload 'reload: failed'
	like "$(cat "$log")" "$2" "$title: $3: reason"
	offer send em0 100 >/dev/null
	sum=$((sum + 100))
	holds "$title: $3: the old rules count" until_true 10 \
	    counted shared "$sum $((sum / 1000))"
}

errors() {
	title="$flavour, errors"
	daemon_of "$shared
$one"
	by_turns "$shared
$one" "$two
$shared" 2
	until_true 10 alone
	first=$(things)
	sum=0
	refused "$shared
rule bad on em0 { every 0 packets run true }" "$rules:2: \"0\"" "an error"
	refused "$shared
rule bad on em9 { every 1 packet run true }" 'em9: .*no such interface' \
	    "no interface"
	refused "$two
$shared
rule bad on em0 { every 1 packet run /nowhere }" \
	    '/nowhere: cannot execute' "no command"
	refused "$shared
rule bad on em0 filter \"tcp prot 80\" { every 1 packet run true }" \
	    'em0: filter: ' "no filter"
	until_true 5 no_more_things
	is "$(things)" "$first" "$title: descriptors as before"
	# A script that did not exist when the runner was confined.
	printf '#!/bin/sh\n: >"%s"\n' "$work/ran" >"$work/late"
	chmod 755 "$work/late"
	put "$shared
rule late on em0 filter udp { every 50 packets run \"$work/late\" }"
	holds "$title: a new command after the errors" reload
	offer send em0 100 >/dev/null
	holds "$title: the new command runs" until_true 10 [ -e "$work/ran" ]
	holds "$title: unchanged rules continue" until_true 10 \
	    counted shared "$((sum + 100)) $(((sum + 100) / 1000))"
	harmless
	rm "$work/ran"
}

# passes number: sends packets; every other one, from the first, is TCP.
passes() {
	offer send em0 "$1" >/dev/null
	sum=$((sum + $1))
	sum_half=$((sum_half + ($1 + 1) / 2))
}

# sends number: sends packets and waits until they are counted.
sends() {
	passes "$1"
	until_true 10 counted shared "$sum $((sum / 1000))"
}

none_unread() {
	[ "$(unread)" -eq 0 ]
}

goes() {
	until_true 5 none_unread
	offer destroy em0
	rounds=$((rounds + 1))
	until_true 5 lines_reach "$gone" $((rounds * sources))
}

comes() {
	offer create em0
	until_true 5 lines_reach "$back" $((rounds * sources))
}

# The watcher has received a device.
came_back() {
	goes && comes && sends 1500 &&
	    by_turns "$stays" "$twin
$stays" 4 && sends 1501 && passes 700 &&
	    by_turns "$stays" "$twin
$stays" 2 && sends 1
}

# Without a device the watcher has asked the opener.
absent() {
	goes && by_turns "$stays" "$twin
$stays" "$1" && comes && sends 1502 && by_turns "$stays" "$twin
$stays" 2 && sends 1503
}

# The interface vanishes or returns during the reload.
meanwhile() {
	tries=0
	while [ "$tries" -lt 6 ]; do
		goes || return 1
		put "$twin
$stays"
		said=$(lines 'reload: rules')
		kill -HUP "$daemon"
		offer create em0
		until_true 10 said_more 'reload: rules' || return 1
		until_true 5 lines_reach "$back" $((rounds * sources)) ||
		    return 1
		sends $((1000 + tries)) || return 1
		put "$stays"
		offer destroy em0
		rounds=$((rounds + 1))
		kill -HUP "$daemon"
		until_true 10 lines_reach "$gone" $((rounds * sources)) ||
		    return 1
		comes && sends $((2000 + tries)) || return 1
		tries=$((tries + 1))
	done
}

interfaces() {
	title="$flavour, interfaces"
	twin="rule twin on em0 { every 5 packets run \"$nothing\" }"
	stays=$shared
	gone='interface is gone' back='interface is back'
	sources=1
	# The model of macOS has few devices.
	if [ "$flavour" != macos ]; then
		sources=2
		stays="rule half on em0 filter tcp {
			every 10 packets run \"$nothing\"
		}
$shared"
	fi
	daemon_of "$stays"
	sum=0 sum_half=0 rounds=0
	by_turns "$stays" "$twin
$stays" 2
	until_true 10 alone
	first=$(things)
	sends 10
	holds "$title: reloads after a return" came_back
	holds "$title: reloads after another return" came_back
	holds "$title: reloads in absence" absent 2
	holds "$title: more reloads in absence" absent 4
	holds "$title: reloads during changes" meanwhile
	echo "# sent $sum, counted and events $(about shared)"
	[ "$sources" -eq 1 ] || holds "$title: another source" \
	    until_true 10 counted half "$sum_half $((sum_half / 10))"
	is "$(lines "$gone") $(lines "$back")" \
	    "$((rounds * sources)) $((rounds * sources))" \
	    "$title: each is logged once"
	by_turns "$stays" "$twin
$stays" 2
	until_true 10 alone
	until_true 5 no_more_things
	is "$(things)" "$first" "$title: descriptors and processes do not grow"
	harmless
}

# -w: an interface missing since the start, and one that a reload adds.
waited_for() {
	title="$flavour, -w"
	flavour "$flavour"
	put "$shared"
	start -w -f "$rules" || not_ok "$title: the daemon starts"
	put "rule other on em1 { every 5 packets run \"$nothing\" }
$shared"
	holds "$title: reload" reload
	offer create em0
	offer create em1
	holds "$title: both are found" \
	    until_true 5 lines_reach 'interface has appeared' 2
	offer send em0 1500 >/dev/null
	offer send em1 72 >/dev/null
	holds "$title: the first is counted" until_true 10 counted shared "1500 1"
	holds "$title: the second is counted" until_true 10 counted other "72 14"
	until_true 10 alone
	harmless
}

# descendants: children and grandchildren of the daemon, one a line.
descendants() {
	for process in $daemon $(children "$daemon"); do
		children "$process" | tr ' ' '\n'
	done | grep . | sort -u
}

none_alive() {
	for process in $1; do
		! kill -0 "$process" 2>/dev/null || return 1
	done
}

# opener_killed what options ...: kills the opener while sources count.
opener_killed() {
	title="$flavour, $1, without its opener"
	shift
	flavour "$flavour"
	offer create em0
	put "$shared"
	start "$@" || not_ok "$title: the daemon starts"
	offer send em0 1500 >/dev/null
	until_true 10 stats_reach packets 1500
	if [ "$1" = -f ]; then
		put "$one
$shared"
		reload
	fi
	until_true 10 alone
	all=$(descendants)
	kill -KILL "$opener"
	holds "$title: exits" ended "$daemon" 10
	not_running "$daemon" || kill -KILL "$daemon"
	daemon=
	is "$status" 1 "$title: status"
	like "$(cat "$log")" 'opener ended|watcher: ended, exit signal 9' \
	    "$title: reason"
	holds "$title: all processes exit" until_true 5 none_alive "$all"
}

for flavour in $flavours; do
	flooded
	errors
	interfaces
	waited_for
	opener_killed rules -f "$rules"
	opener_killed 'an interface' -i em0 -c 1000 $bin/do_nothing
done
done_testing
