# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Functions for the tests with the model of bpf(4).  They need root and a
# network namespace, for the addresses of the model's sockets.
# shellcheck shell=sh disable=SC2034
. tests/lib/live.sh

title=

systems='openbsd51 openbsd openbsd80 freebsd netbsd dragonfly macos'
flavours=${FLAVOURS:-$systems}

# at_once script: runs a script that mostly waits for all systems at the same
# time, merges the results and exits.
at_once() {
	dir=$(mktemp -d)
	for flavour in $flavours; do
		FLAVOURS=$flavour TURN=$dir/turn sh "$1" \
		    >"$dir/$flavour" 2>&1 &
	done
	wait
	for flavour in $flavours; do
		cat "$dir/$flavour"
		grep -q '^1\.\.' "$dir/$flavour" || echo "not ok - $flavour: ends"
	done | awk '/^1\.\./ { next }
	    /^(not )?ok/ { n++; sub(/ok [0-9]*/, "ok " n); bad += /^not/ }
	    1
	    END { print "1.." n; exit bad > 0 }'
	result=$?
	rm -r "$dir"
	exit "$result"
}

# take_turn [-s]: waits until no other system's script has the turn, for tests
# that measure time; with -s for tests that would disturb these and can share
# the turn. end_turn gives the turn to the next one.
take_turn() {
	exec 7>"${TURN:-$work/turn}"
	flock ${1:+"$1"} 7
}

end_turn() {
	flock -u 7
	exec 7>&-
}

# flavour name: selects the model of a system, with a new memory; makes the
# directory to which the watcher changes its root.
flavour() {
	flavour=$1
	[ -d /var/empty ] || { mount -t tmpfs tmpfs /var && mkdir /var/empty; }
	built=build/bsd/$flavour
	BPF_MODEL=$work/memory.$flavour
	OFFER=$PWD/$built/offer
	export BPF_MODEL OFFER
	rm -f "$BPF_MODEL"
	offer init
	BPFSTATSD=$built/bpfstatsd
	WRAP="env LD_PRELOAD=$PWD/$built/model.so"
}

offer() {
	"$OFFER" "$@"
}

# steps description command ...: makes one result of a program's TAP output.
steps() {
	what=$1
	shift
	said=$("$@" 2>"$work/said") || :
	plan=$(echo "$said" | sed -n 's/^1\.\.//p')
	is "$(echo "$said" | grep -c '^ok')" "${plan:-all}" "$what"
	echo "$said" | grep -v '^ok' | sed 's/^not ok/not/; s/^/# /'
	grep -Ev '^(offered|pledge: )' "$work/said" | sed 's/^/# /'
}

# reader: the process that reads the device.
reader() {
	offer processes | awk '$5 > 0 { pid = $1 } END { print pid }'
}

# calls: number of system calls of the reader.
calls() {
	offer processes |
	    awk -v pid="$(reader)" '$1 == pid { print $3 + $5 + $7 + $9 }'
}

# unread: bytes in the buffers of em0's devices.
unread() {
	offer devices | awk '$2 == "em0" { n += $12 } END { print n + 0 }'
}

# accepted, dropped interface: packets of the interface's devices.
accepted() {
	offer devices | awk -v name="$1" \
	    '$2 == name { n += $6 } END { printf "%.0f\n", n }'
}

dropped() {
	offer devices | awk -v name="$1" \
	    '$2 == name { n += $8 } END { printf "%.0f\n", n }'
}

# begin options ...: starts the daemon on em0.  Descriptions begin with $title.
begin() {
	flavour "$flavour"
	offer create em0
	start -i em0 "$@" || not_ok "$title: the daemon starts"
}

# harmless: checks that every test ends with; stops the daemon.
harmless() {
	is "$(offer violations)" 0 "$title: no pledge violation"
	# Wake-ups by ended commands are not included.
	most=$(offer processes |
	    awk -v pid="$(reader)" '$1 == pid { print $11 }')
	holds "$title: at most $most wake-ups in a second" [ "$most" -le 1000 ]
	stop
	is "$status" 0 "$title: exit"
}
