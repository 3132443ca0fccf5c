# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Functions for tests of the units with systemd itself, as the first process of
# a pid namespace; its root is an overlay over the root of the machine. A test
# reads the file after tests/lib/live.sh.
# shellcheck shell=sh disable=SC2034,SC2154

outer='' first=''

# end_systemd: kills systemd and every process under it and unmounts the
# overlay.
end_systemd() {
	[ -z "$outer" ] || kill -KILL "$outer" 2>/dev/null
	until_true 5 no_process
	find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
	umount -R -l "$root" "$work/layer" "$work/cgroup" 2>/dev/null
}
no_process() {
	! grep -qsx 'populated 1' "$cgroup/cgroup.events"
}

# make_root: mounts the overlay and installs bpfstatsd there; enables no unit
# but the journal.
make_root() {
	mount -t tmpfs tmpfs "$work/layer"
	mkdir "$work/layer/upper" "$work/layer/work"
	mount -t overlay overlay -o \
	    "lowerdir=/,upperdir=$work/layer/upper,workdir=$work/layer/work" \
	    "$root"
	for directory in run tmp dev; do
		mount -t tmpfs -o mode=755 tmpfs "$root/$directory"
	done
	chmod 1777 "$root/tmp"
	for device in full null random tty urandom zero; do
		cp -a "/dev/$device" "$root/dev/$device"
	done
	for directory in hugepages mqueue pts shm; do
		mkdir "$root/dev/$directory"
	done
	mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
	ln -s pts/ptmx "$root/dev/ptmx"
	ln -s /proc/self/fd "$root/dev/fd"
	rm -rf "$root"/etc/systemd/system/*.wants \
	    "$root"/usr/lib/systemd/system/*.wants
	printf '[Unit]\nWants=systemd-journald.service %s\n' \
	    systemd-journald-dev-log.socket \
	    >"$root/etc/systemd/system/boot.target"
	holds 'make install install-conf install-systemd' make -s install \
	    install-conf install-systemd DESTDIR="$root" PREFIX=/usr
	chroot "$root" systemd-sysusers bpfstatsd.conf 2>/dev/null
}

# boot_systemd: boots systemd, or ends the test; called after own_network. The
# test calls end_systemd at its end.
boot_systemd() {
	[ -x /lib/systemd/systemd ] || skip_all "needs systemd"
	unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR
	root=$work/root cgroup=$work/cgroup/bpfstatsd-$$
	mkdir "$work/cgroup" "$work/layer" "$root"
	mount -t cgroup2 cgroup2 "$work/cgroup" 2>/dev/null ||
	    skip_all "needs control groups, version 2"
	make_root

	# /proc/sys and /sys belong to the whole machine: systemd sees them
	# read-only.
	cat >"$work/boot" <<-'BOOT'
		root=$1
		set -e
		mount -t proc proc "$root/proc"
		mount --bind "$root/proc/sys" "$root/proc/sys"
		mount -o remount,bind,ro "$root/proc/sys"
		mount -t sysfs -o ro sysfs "$root/sys"
		mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
		cd "$root"
		pivot_root . mnt
		exec chroot . sh -c 'umount -l /mnt
		exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		    /lib/systemd/systemd --system --unit=boot.target \
		    --log-target=journal'
	BOOT
	mkdir "$cgroup"
	# A test that is killed leaves no process behind.
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$0/cgroup.procs"
	exec setpriv --pdeathsig KILL unshare --kill-child \
	    --cgroup --fork --ipc --mount --pid --uts \
	    sh "$1/boot" "$1/root"' "$cgroup" "$work" >"$log" 2>&1 </dev/null &
	outer=$!
	if ! until_true 20 booted; then
		sed 's/^/# /' "$log"
		not_ok 'systemd starts'
		done_testing
		exit 1
	fi
	ok 'systemd starts'
}

# inside command ...: runs the command as root of the booted system.
inside() {
	nsenter --target "$first" --all --root --wd=/ -- "$@" </dev/null
}
booted() {
	first=$(children "$outer" | tr -d ' ')
	[ -n "$first" ] && inside systemctl is-active -q boot.target 2>/dev/null
}

# asked unit property: prints the property's value.
asked() {
	inside systemctl show --value -p "$2" "$1"
}
# told unit: prints the unit's lines in the journal.
told() {
	inside journalctl --sync
	inside journalctl -o cat -u "$1" 2>&1
}
is_property() {
	[ "$(asked "$1" "$2")" = "$3" ]
}
# ctl word ...: runs systemctl without its messages.
ctl() {
	inside systemctl "$@" >"$work/out" 2>&1
}
fails() {
	! "$@"
}
