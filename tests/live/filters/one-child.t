#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# One process compiles the filters of all rules, and the same filter once for
# each netmask.
. tests/lib/live.sh
command -v strace >/dev/null || skip_all "needs strace"
own_network "$@"

each=10
links=3 # link types of a source

# traced title: starts the daemon with the rules; sets forks and questions of
# its first process, until all sources are open.
traced() {
	WRAP="strace -o $work/trace
	    -e trace=?fork,?vfork,?clone,?clone3,sendto"
	start -f "$work/rules"
	WRAP=
	forks=$(grep -Ec '^(v?fork|clone)' "$work/trace")
	questions=$(grep -c '^sendto.*MSG_DONTWAIT|MSG_NOSIGNAL' "$work/trace")
	# strace(1) does not pass a signal on, and ends with the daemon.
	kill -TERM "$watcher"
	ended "$daemon" 10 || not_ok "the daemon ends"
	daemon=
}

i=0
while [ $i -lt $((3 * each)) ]; do
	ip link add d$i type bridge
	case $((i % 3)) in
	0) ip address add 10.9.$i.1/24 dev d$i ;;
	1) ip address add 10.$i.0.1/16 dev d$i ;;
	esac
	echo "rule \"r$i\" on d$i filter \"udp port 53\" {" \
	    "every 1 packet run \"$bin/do_nothing\" }"
	i=$((i + 1))
done >"$work/rules"
traced
# The process that compiles, and the opener.
is "$forks" 2 "the same filter on $i interfaces: processes"
is "$questions" $((3 * links)) \
    "the same filter on $i interfaces: compiled once for each netmask"

i=0
while [ $i -lt $((3 * each)) ]; do
	echo "rule \"r$i\" on v1 filter \"udp port $((i + 1))\" {" \
	    "every 1 packet run \"$bin/do_nothing\" }"
	i=$((i + 1))
done >"$work/rules"
traced
is "$forks" 2 "$i different filters: processes"
is "$questions" $((i * links)) "$i different filters: each is compiled"

i=0
while [ $i -lt $((3 * each)) ]; do
	echo "rule \"r$i\" on v1 filter \"vlan $((i + 1)) and udp\" {" \
	    "every 1 packet run \"$bin/do_nothing\" }"
	i=$((i + 1))
done >"$work/rules"
traced
# VLAN tags on Ethernet need a process in another network.
is "$forks" 3 "$i filters by VLAN: processes"
is "$questions" $((i * links)) "$i filters by VLAN: each is compiled"

# Without a filter there is nothing to compile.
echo "rule \"r\" on v1 { every 1 packet run \"$bin/do_nothing\" }" \
    >"$work/rules"
traced
is "$forks $questions" "1 0" "no filter: no process"
done_testing
