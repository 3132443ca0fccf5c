#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The README's first commands in fresh Debian systems with a C compiler and
# make: each release is bootstrapped from the mirror that this machine's apt
# uses, and kept in the user's cache with the packages it has downloaded.  Each
# run works in a layer above it, which is thrown away.
. tests/lib/live.sh

[ "$(dpkg-vendor --query vendor 2>/dev/null)" = Debian ] ||
    skip_all 'Debian only'
command -v debootstrap >/dev/null ||
    skip_all 'there is no debootstrap, "dist/deps more" installs it'
[ "$(id -u)" -eq 0 ] || skip_all 'needs root'
if [ "${BPFSTATSD_MOUNTS:-}" != $$ ]; then
	BPFSTATSD_MOUNTS=$$ exec unshare --mount -- sh "$0" "$@"
fi
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR CI

path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bpfstatsd/debian
mkdir -p "$cache"
work=$(mktemp -d)
root=$work/root
bootstrap=

# The bootstrap mounts /proc in the tree; the mount ends with the namespace.
end_all() {
	if [ -n "$bootstrap" ]; then
		kill "$bootstrap" && wait "$bootstrap"
	fi 2>/dev/null
	umount -R -l "$root" "$work/layer" 2>/dev/null
	rm -rf --one-file-system "$work"
}
trap end_all EXIT
trap 'exit 1' HUP INT TERM

# One run at a time uses the cache.
exec 9>"$cache/lock"
flock 9

# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
    'Label: Debian' 2>/dev/null | head -n 1)
proxy=
eval "$(apt-config shell proxy Acquire::http::Proxy 2>/dev/null)"
[ -z "$proxy" ] || export http_proxy="$proxy"

# there suite: true when the cache has the release's tree; makes it if it has
# none.
there() {
	[ ! -d "$cache/$1" ] || return 0
	rm -rf --one-file-system "$cache/$1.new"
	mkdir -p "$cache/$1.debs" "$cache/$1.lists"
	debootstrap --variant=minbase --include=gcc,libc6-dev,make \
	    --cache-dir="$cache/$1.debs" "$1" "$cache/$1.new" "$mirror" \
	    >"$work/log" 2>&1 9>&- &
	bootstrap=$!
	wait "$bootstrap" || return 1
	bootstrap=
	mv "$cache/$1.new" "$cache/$1"
}

# mounts suite: a layer above the release's tree.
mounts() {
	umount -R -l "$root" "$work/layer" 2>/dev/null
	mkdir -p "$root" "$work/layer" &&
	    mount -t tmpfs tmpfs "$work/layer" &&
	    mkdir "$work/layer/upper" "$work/layer/work" &&
	    mount -t overlay overlay -o "lowerdir=$cache/$1" \
		-o "upperdir=$work/layer/upper,workdir=$work/layer/work" \
		"$root" &&
	    mount -t proc proc "$root/proc" &&
	    mount -t sysfs sysfs "$root/sys" &&
	    mount --rbind /dev "$root/dev" &&
	    mount --bind "$cache/$1.debs" "$root/var/cache/apt/archives" &&
	    mount --bind "$cache/$1.lists" "$root/var/lib/apt/lists" &&
	    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
}

# inside command ...: runs the command in the tree with a clean environment.
inside() {
	chroot "$root" env -i PATH="$path" HOME=/root \
	    ${http_proxy:+"http_proxy=$http_proxy"} "$@" \
	    </dev/null >"$work/log" 2>&1 9>&-
}

# does description command ...: on failure, shows the end of the output.
does() {
	what=$1
	shift
	if "$@"; then
		ok "$what"
	else
		not_ok "$what" "$(tail -n 20 "$work/log")"
		return 1
	fi
}

# The commands of the README.
here='cd /root/bpfstatsd'
for command in 'make demo' 'make install'; do
	like "$(cat README.md)" "^    [\$#] $command( |\$)" "README: $command"
done
for suite in bookworm trixie; do
	does "$suite: a fresh system can be had" there "$suite" || continue
	does "$suite: mounts" mounts "$suite" || continue
	copy_tree "$root/root/bpfstatsd"
	does "$suite: make demo" inside sh -c "$here && make demo" || continue
	like "$(tail -n 1 "$work/log")" \
	    '^demo: .*: one for every 5 packets, as it should be$' \
	    "$suite: the demo counts"
	is "$(grep -i 'warning: ' "$work/log")" '' \
	    "$suite: the build has no warnings"
	does "$suite: make install" inside sh -c "$here && make install"
	does "$suite: bpfstatsd -V" inside bpfstatsd -V
	is "$(cat "$work/log")" "$("$BPFSTATSD" -V)" \
	    "$suite: the installed program runs"
done
done_testing
