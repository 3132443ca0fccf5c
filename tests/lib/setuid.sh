# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Functions for tests of a set-user-ID root copy: a file system that honours the
# bit, and an ordinary user with a writable directory in it. A test reads the
# file with ". tests/lib/setuid.sh" after own_network.
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

suid=${work:?}/suid
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
# Sanitizers cannot inspect processes that are not dumpable.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0:disable_coredump=0"

as_user="setpriv --reuid $user --regid $group --groups 4242,4343
    --inh-caps=-all --ambient-caps=-all"
WRAP=$as_user

# by_user command ...: runs the command as the ordinary user.
by_user() {
	$as_user "$@"
}

# left: prints the processes, of any user, that run one of the copied files.
left() {
	find /proc/[0-9]*/exe -maxdepth 0 -lname "$suid/*" 2>/dev/null
}

none_left() {
	[ -z "$(left)" ]
}

# refused description status pattern command ...: the command ends at once with
# the status and a message that matches the pattern.
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

# looks: a run of "inspect" writes a report of its environment to $found.
looks() {
	rm -f "$found"
	start -i v1 "$@" "$suid/inspect" "$found" && "$bin/flood" v0 3 >/dev/null &&
	    until_true 5 [ -e "$found" ]
}

# field process name: prints a field of the process's status, with single
# blanks.
field() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr -s '\t ' ' ' |
	    sed 's/ $//'
}

# torment argument ...: sends signals at every moment while core files are
# allowed.
torment() {
	# shellcheck disable=SC2016
	prlimit --core=unlimited $as_user sh -c 'cd "$0" && exec "$@"' \
	    "$open/here" "$suid/setuid_caller" torment 150 12000 \
	    "$BPFSTATSD" "$@" >/dev/null 2>&1
}
