# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# For the tests of a setuid root copy: a file system that heeds the bit, and an
# ordinary user who can read and write in a part of it.  To be read by
# ". tests/lib/setuid.sh" after own_network.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154

name=daemon
if ! user=$(id -u $name) || ! group=$(id -g $name); then
	skip_all "there is no user $name"
fi

clean_up_mount() {
	[ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null
	umount -l "$suid"
	clean_up
}

suid=$work/suid
open=$suid/open
found=$open/found
chmod 711 "$work"
mkdir "$suid"
mount -t tmpfs -o mode=755,suid,exec,dev tmpfs "$suid"
trap 'clean_up_mount' EXIT
mkdir "$open" "$open/here"
cp "$BPFSTATSD" "$suid/bpfstatsd"
cp "$BPFSTATSD" "$suid/plain"
cp "$bin/inspect" "$bin/setuid_caller" "$bin/bad_parent" "$bin/evil_watcher.so" \
    "$(command -v sleep)" "$suid"
chmod 755 "$suid"/*
chmod 777 "$open" "$open/here"
chmod 4755 "$suid/bpfstatsd"
BPFSTATSD=$suid/bpfstatsd
# Sanitizers want to look into processes that let nobody do that.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0:disable_coredump=0"

as_user="setpriv --reuid $user --regid $group --groups 4242,4343
    --inh-caps=-all --ambient-caps=-all"
WRAP=$as_user

# by_user command ...
by_user() {
	$as_user "$@"
}

# What runs a file of ours, whoever it belongs to.
left() {
	find /proc/[0-9]*/exe -maxdepth 0 -lname "$suid/*" 2>/dev/null
}

none_left() {
	[ -z "$(left)" ]
}

# refused description status pattern command ...: it ends at once, and says why.
refused() {
	about=$1 wanted=$2 pattern=$3
	shift 3
	status=0
	by_user timeout 10 "$@" >"$work/out" 2>"$log" || status=$?
	if [ "$status" -eq "$wanted" ] && grep -Eq -- "$pattern" "$log"; then
		ok "$about"
	else
		not_ok "$about" "exit $status: $(cat "$log")"
	fi
}

# looks: a command looks around.
looks() {
	rm -f "$found"
	start -i v1 "$@" "$suid/inspect" "$found" && "$bin/flood" v0 3 >/dev/null &&
	    until_true 5 [ -e "$found" ]
}

# field process name: of its status, with single blanks.
field() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr -s '\t ' ' ' |
	    sed 's/ $//'
}

# torment argument ...: signals at every moment, while core files are allowed.
torment() {
	# shellcheck disable=SC2016
	prlimit --core=unlimited $as_user sh -c 'cd "$0" && exec "$@"' \
	    "$open/here" "$suid/setuid_caller" torment 150 12000 \
	    "$BPFSTATSD" "$@" >/dev/null 2>&1
}
