#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A command's own packets and their answers count, as the manual says under
# CAVEATS, unless the filter or -Q excludes them.
. tests/lib/live.sh
own_network "$@"
. tests/lib/recipe.sh

needs iputils-ping ping
recipe_network

runs_reach() {
	stats && [ "$runs" -ge "$1" ]
}

# alone description: the command runs for a ping from outside and not for its
# own packets. The second ping comes after the first run has ended.
alone() {
	far ping -q -c 2 -i 0.5 192.0.2.2 >/dev/null
	until_true 5 stats_reach runs 2
	until_true 5 at_rest
	stats
	is "$packets $runs $failures" '2 2 0' "$1"
	stop
}

set -- ping -q -c 1 -W 1 192.0.2.1
holds 'a rule that pings for each ping: the daemon starts' start -i eth0 -e icmp "$@"
far ping -q -c 1 192.0.2.2 >/dev/null
holds 'one ping from outside: the command runs repeatedly' \
    until_true 10 runs_reach 10
stop

filter='icmp[icmptype] = icmp-echo'
holds 'the manual has a filter against this' \
    grep -qF "Ql -Q in -e '$filter'" bpfstatsd.8
start -i eth0 -Q in -e "$filter" "$@"
alone 'with that filter the command runs once per ping'

# An idle command that sends a packet ends the silence, and the next silence is
# an event.
holds 'idle, a command that sends: the daemon starts' start -i eth0 -t 100ms "$@"
holds 'idle: the command runs repeatedly without packets from outside' \
    until_true 10 runs_reach 5
stop
start -i eth0 -t 100ms -Q in -e "$filter" "$@"
until_true 10 runs_reach 1
until_true 5 at_rest
stats
is "$packets $events $runs" '0 1 1' \
    'idle: with the filter the command runs once'
far ping -q -c 1 192.0.2.2 >/dev/null
until_true 10 runs_reach 2
until_true 5 at_rest
stats
is "$packets $events $runs" '1 2 2' \
    'idle: the command runs once more after the next ping'
stop
done_testing
