#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# examples/podman: the first connection gets its page from a container, started
# by a real podman, that did not run; the unused container is stopped. The
# container has the host's nginx, in a root directory made here.
. tests/lib/live.sh
own_network "$@"
. tests/lib/recipe.sh

needs podman podman
needs crun crun
needs nginx nginx
needs nftables nft
needs curl curl
needs iputils-ping ping
recipe_network

# A podman of this test alone, without control groups and higher limits, which
# not every machine allows.
mkdir -p "$work/root/etc" "$work/root/run" "$work/root/tmp" "$work/root/usr" \
    "$work/root/var/lib/nginx" "$work/root/var/log/nginx" "$work/root/www"
mount -t tmpfs tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
cat >"$work/containers.conf" <<CONF
[containers]
cgroups = "disabled"
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "crun"
CONF
cat >"$work/storage.conf" <<CONF
[storage]
driver = "vfs"
graphroot = "$work/storage"
runroot = "/run/containers/storage"
CONF
export CONTAINERS_CONF="$work/containers.conf"
export CONTAINERS_STORAGE_CONF="$work/storage.conf"
end_containers() {
	podman rm --all --force --time 0 >/dev/null 2>&1
	end_recipe
}
trap end_containers EXIT

# The programs of the host.
volumes='--volume /usr:/usr:ro'
for name in bin sbin lib lib64; do
	if [ -L "/$name" ]; then
		ln -s "usr/$name" "$work/root/$name"
	elif [ -d "/$name" ]; then
		volumes="$volumes --volume /$name:/$name:ro"
	fi
done
echo 'root:x:0:0::/:/bin/sh' >"$work/root/etc/passwd"
echo 'root:x:0:' >"$work/root/etc/group"
echo 'the page' >"$work/root/www/index.html"
cat >"$work/root/etc/nginx.conf" <<CONF
user root root;
daemon off;
pid /run/nginx.pid;
events { }
http {
	access_log off;
	server {
		listen 80;
		root /www;
	}
}
CONF

# make name command ...: makes the container with this command.
make() {
	name=$1
	shift
	# shellcheck disable=SC2086
	podman create --quiet --name "$name" --network host $volumes \
	    --rootfs "$work/root" "$@" >/dev/null
}
holds 'podman makes a container' make web nginx -c /etc/nginx.conf
# shellcheck disable=SC2016
holds 'podman makes a container that ends slowly' make world sh -c '
	trap "sleep 6; : >/run/saved; exit 0" TERM
	while :; do sleep 0.1; done'

# get: one call, without curl's retries.
get() {
	far curl -sS -m 30 http://192.0.2.2/
}

# many number: makes the given number of calls at once and prints how many got
# the page.
many() {
	calls=
	for i in $(seq "$1"); do
		get >"$work/got.$i" 2>&1 &
		calls="$calls $!"
	done
	# shellcheck disable=SC2086
	wait $calls
	cat "$work"/got.* | grep -c '^the page$'
	rm -f "$work"/got.*
}

# is_now name state: podman says that the container is in this state.
is_now() {
	[ "$(podman inspect --format '{{.State.Status}}' "$1")" = "$2" ]
}

started() {
	lines "$1: while 3s: pid [0-9]* started"
}

firewall ondemand
rules podman 's/ 15m / 3s /; s/ 5s/ 1s/'
is "$(get 2>&1)" 'the page' 'a single call gets the page'
is "$(started web)" 1 'the container was started once'
holds 'the container runs' is_now web running
is "$(many 10)" 10 '10 more calls at once get the page'
is "$(started web)" 1 'the same container still runs'
holds 'the unused container is stopped' until_true 20 is_now web exited
holds 'podman exits with the status of nginx' \
    until_true 5 grep -q 'web: .*: exit 0 after' "$log"
is "$(many 10)" 10 '10 calls at once without a container get the page'
is "$(started web)" 2 'the container was started once more'
podman kill --signal KILL web >/dev/null
is "$(get 2>&1)" 'the page' 'a call after the container was killed gets the page'
is "$(started web)" 3 'the container was started for that call'

# The container outlives a bpfstatsd that was killed, and the next one attaches
# to it.
kill -KILL "$daemon"
ended "$daemon" 10
holds 'bpfstatsd was killed: the container runs' is_now web running
rules podman 's/ 15m / 3s /; s/ 5s/ 1s/'
is "$(get 2>&1)" 'the page' 'another bpfstatsd: a call gets the page'
holds 'another bpfstatsd: the unused container is stopped' \
    until_true 20 is_now web exited
is "$(get 2>&1)" 'the page' 'another bpfstatsd: a call starts the container'

# A container that needs longer than a command may take to end. The silence
# after the start of bpfstatsd stops the container that does not run.
packet() {
	far $bin/flood_udp 192.0.2.2 30000 1 >/dev/null
}
packet
holds 'world: a packet starts the container' \
    until_true 10 is_now world running
holds 'world: the silence stops the container' \
    until_true 10 is_now world stopping
packet
holds 'world: a packet during the stop starts the container afterwards' \
    until_true 20 lines_reach 'world: after 3s: .*: exit 0 after' 2
holds 'world: the container had the time to save its state' \
    [ -e "$work/root/run/saved" ]
is "$(lines 'world: .*: exit [^0]')" 0 'world: no command fails'

stop
is "$status" 0 'SIGTERM: exit 0'
holds 'the container ends with bpfstatsd' until_true 10 is_now web exited
done_testing
