#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A command's own packets and the answers to them count, as the manual says
# under CAVEATS, unless the filter or -Q leaves them out.
. tests/lib/live.sh
own_network "$@"
. tests/lib/recipe.sh

needs iputils-ping ping
recipe_network

runs_reach() {
	stats && [ "$runs" -ge "$1" ]
}

# alone description: by a ping from outside the command runs, and not by its
# own packets.  The second ping takes longer than a run.
alone() {
	far ping -q -c 2 -i 0.5 192.0.2.2 >/dev/null
	until_true 5 stats_reach runs 2
	until_true 5 at_rest
	stats
	is "$packets $runs $failures" '2 2 0' "$1"
	stop
}

set -- ping -q -c 1 -W 1 192.0.2.1
holds 'a rule that pings for each ping: it starts' start -i eth0 -e icmp "$@"
far ping -q -c 1 192.0.2.2 >/dev/null
holds 'one ping from outside: it runs again and again' \
    until_true 10 runs_reach 10
stop

filter='icmp[icmptype] = icmp-echo'
holds 'the manual has a filter for that' \
    grep -qF "Ql -Q in -e '$filter'" bpfstatsd.8
start -i eth0 -Q in -e "$filter" "$@"
alone 'by that it runs once for each'

# An idle command that sends ends the silence, and the next one is an event.
holds 'idle, a command that sends: it starts' start -i eth0 -t 100ms "$@"
holds 'and runs again and again, though nothing comes from outside' \
    until_true 10 runs_reach 5
stop
start -i eth0 -t 100ms -Q in -e "$filter" "$@"
until_true 10 runs_reach 1
until_true 5 at_rest
stats
is "$packets $events $runs" '0 1 1' 'with the filter it runs once'
far ping -q -c 1 192.0.2.2 >/dev/null
until_true 10 runs_reach 2
until_true 5 at_rest
stats
is "$packets $events $runs" '1 2 2' 'and once more after the next ping'
stop
done_testing
