# For the tests with the model of bpf(4), which needs root and a network of
# its own, for the addresses of its sockets.
# shellcheck shell=sh disable=SC2034
. tests/lib/live.sh

title=

systems='openbsd51 openbsd openbsd80 freebsd netbsd dragonfly macos'
flavours=${FLAVOURS:-$systems}

# at_once script: the script for each system, all at the same time, for what
# mostly waits; their results as one.
at_once() {
	dir=$(mktemp -d)
	for flavour in $flavours; do
		FLAVOURS=$flavour sh "$1" >"$dir/$flavour" 2>&1 &
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

# flavour name: the model of that system, with a fresh memory, and with the
# directory into which the watcher goes.
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

# steps description command ...: what a program of its own says in TAP.
steps() {
	what=$1
	shift
	said=$("$@" 2>"$work/said") || :
	plan=$(echo "$said" | sed -n 's/^1\.\.//p')
	is "$(echo "$said" | grep -c '^ok')" "${plan:-all}" "$what"
	echo "$said" | grep -v '^ok' | sed 's/^not ok/not/; s/^/# /'
	grep -Ev '^(offered|pledge: )' "$work/said" | sed 's/^/# /'
}

# The process that reads the device.
reader() {
	offer processes | awk '$5 > 0 { pid = $1 } END { print pid }'
}

# calls: of the reader, all of them.
calls() {
	offer processes |
	    awk -v pid="$(reader)" '$1 == pid { print $3 + $5 + $7 + $9 }'
}

# unread: bytes in the buffers of em0's devices.
unread() {
	offer devices | awk '$2 == "em0" { n += $12 } END { print n + 0 }'
}

# accepted: packets of the devices of that interface.
accepted() {
	offer devices | awk -v name="$1" \
	    '$2 == name { n += $6 } END { printf "%.0f\n", n }'
}

dropped() {
	offer devices | awk -v name="$1" \
	    '$2 == name { n += $8 } END { printf "%.0f\n", n }'
}

# begin options ...: the daemon, at em0; the test is called $title.
begin() {
	flavour "$flavour"
	offer create em0
	start -i em0 "$@" || not_ok "$title: the daemon starts"
}

# harmless: what holds in each of the tests.
harmless() {
	is "$(offer violations)" 0 "$title: no promise is broken"
	# By packets or time: each end of a command is a wake-up, too.
	most=$(offer processes |
	    awk -v pid="$(reader)" '$1 == pid { print $11 }')
	holds "$title: at most $most wake-ups in a second" [ "$most" -le 1000 ]
	stop
	is "$status" 0 "$title: exit"
}
