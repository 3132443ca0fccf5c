#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# examples/container: without CAP_BPF, in the namespaces and with the
# capabilities of containers, each packet counts.
. tests/lib/live.sh
own_network "$@"

# All users can execute this copy, and root of a container can read it.
chmod 755 "$work"
cp "$BPFSTATSD" "$work/bpfstatsd"
cp examples/container/bpfstatsd.conf "$work/bpfstatsd.conf"
chmod 755 "$work/bpfstatsd"
is "$("$BPFSTATSD" -n -f "$work/bpfstatsd.conf" 2>&1)" '' \
    'the rules file has no error'
ip link del v0

# Capabilities that the runtimes leave to root in a container.
docker=+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap
docker=$docker,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write
docker=$docker,+setfcap
podman=+chown,+dac_override,+fowner,+fsetid,+kill,+net_bind_service,+setfcap
podman=$podman,+setgid,+setpcap,+setuid,+sys_chroot

has_child() {
	daemon=$(children "$container" | tr -d ' ')
	[ -n "$daemon" ]
}

is_apart() {
	[ "$(readlink "/proc/$daemon/ns/net")" != \
	    "$(readlink /proc/self/ns/net)" ]
}

# contain rights option ...: starts a container with these options of
# unshare(1); the daemon is its first process. The test adds users and an
# interface, as a runtime does.
contain() {
	rights=$1
	shift
	rm -f "$work/go"
	: >"$log"
	# shellcheck disable=SC2016
	unshare --net --mount --pid --fork --kill-child "$@" sh -c '
		until [ -e "$0/go" ]; do sleep 0.05; done
		exec setpriv --reuid 0 --regid 0 --clear-groups \
		    --bounding-set "-all,$1" --inh-caps -all --ambient-caps -all \
		    --no-new-privs "$0/bpfstatsd" -v -f "$0/bpfstatsd.conf"' \
	    "$work" "$rights" >"$work/out" 2>"$log" &
	container=$!
	until_true 5 has_child && until_true 5 is_apart || return 1
	if [ $# -gt 0 ]; then
		chown 100000 "$work/bpfstatsd.conf"
		echo '0 100000 65536' >"/proc/$daemon/uid_map" &&
		    echo '0 100000 65536' >"/proc/$daemon/gid_map" || return 1
	fi
	give_interface && : >"$work/go" &&
	    until_true 10 grep -q ': counting' "$log"
}

# An interface that sends nothing by itself.
give_interface() {
	for file in all default; do
		nsenter -t "$daemon" -n sh -c \
		    "echo 1 >/proc/sys/net/ipv6/conf/$file/disable_ipv6"
	done
	ip link add v0 type veth peer name eth0 netns "$daemon" &&
	    ip link set v0 up &&
	    nsenter -t "$daemon" -n ip link set eth0 up &&
	    until_true 5 grep -q up /sys/class/net/v0/operstate
}

lines_are() {
	[ "$(grep -c '^1000 packets$' "$work/out")" -eq "$1" ]
}

# counts name rights [option ...]: each packet counts in such a container.
counts() {
	name=$1
	shift
	if ! contain "$@"; then
		not_ok "$name: the container starts" "$(cat "$log")"
		return
	fi
	like "$(cat "$log")" 'counting, every 1000 packets, classic filter' \
	    "$name: a classic filter counts"
	$bin/flood v0 50500 >/dev/null
	until_true 20 lines_are 50
	stats
	is "$packets $events $runs $failures" '50500 50 50 0' \
	    "$name: each packet counts"
	$bin/flood v0 500 >/dev/null
	until_true 20 stats_reach runs 51
	is "$packets $events $runs $failures" '51000 51 51 0' \
	    "$name: the remainder of the first flood counts too"
	kill -TERM "$daemon"
	ended "$container" 10
	daemon=
	is "$status $(grep -c . "$work/out")" '0 51' "$name: SIGTERM: exit 0"
}

counts docker "$docker"
counts 'three rights' +net_raw,+setgid,+setuid
counts podman "$podman,+net_raw"
if unshare --user true 2>/dev/null; then
	counts 'rootless podman' "$podman,+net_raw" --user --keep-caps
else
	ok 'rootless podman # SKIP the kernel has no user namespaces'
fi
done_testing
