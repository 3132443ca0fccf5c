#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Which users can start the daemon, what a command inherits and what not, and
# the messages for wrong calls.
. tests/lib/live.sh
own_network "$@"

chmod 711 "$work"
mkdir -m 777 "$work/open"
found=$work/open/found
# Every user can execute this copy.
cp "$BPFSTATSD" "$work/bpfstatsd"
cp $bin/inspect "$work/inspect"
chmod 755 "$work/bpfstatsd" "$work/inspect"
BPFSTATSD=$work/bpfstatsd

# refuses status pattern arguments ...: the daemon ends at once with a message.
refuses() {
	wanted=$1 pattern=$2
	shift 2
	status=0
	# shellcheck disable=SC2086
	timeout 5 ${WRAP:-} "$BPFSTATSD" "$@" >"$work/out" 2>"$log" || status=$?
	if [ "$status" -ne "$wanted" ] || [ -s "$work/out" ] ||
	    ! grep -q -- "^bpfstatsd: $pattern" "$log"; then
		not_ok "refused: $*" "exit $status: $(cat "$log" "$work/out")" \
		    "wanted: exit $wanted: $pattern"
	else
		ok "refused: $*"
	fi
}

# Wrong calls.

for value in 0 -1 10k 1e3 18446744073709551616 9223372036854775808 "" " 5" \
    "5 " +5 0x10 1.5; do
	refuses 2 "-c: \"$value\": not a whole number" -i v1 -c "$value" true
done
for option in m T; do
	for value in -1s 5x 1e9h "" " 5" 5S 1.5s s 8761h 18446744073709551616; do
		refuses 2 "-$option: \"$value\": not a time" \
		    -i v1 "-$option" "$value" true
	done
done
refuses 2 '-T: "0": not a time' -i v1 -T 0 true
for value in "" Once often queued; do
	refuses 2 "-o: \"$value\": not once, drop, queue or restart" \
	    -i v1 -o "$value" true
done
for value in nosuchuser 99999999 4294967295 -1 ""; do
	refuses 2 "-u: $value: no such user" -i v1 -u "$value" true
done
refuses 2 '-x: unknown option' -x true
refuses 2 '-c: needs a value' -c
refuses 2 'command: missing' -i v1
refuses 2 'command: missing'
refuses 1 'nosuchcommand: cannot execute: No such' -i v1 nosuchcommand
refuses 1 ': cannot execute: No such' -i v1 ""
refuses 1 "$work/out: cannot execute: Perm" -i v1 "$work/out"
refuses 1 "/: cannot execute: Perm" -i v1 /
refuses 1 "$work/mine: cannot execute: No such" -i v1 "$work/mine"
cp "$work/inspect" "$work/mine" && chmod 700 "$work/mine"
refuses 1 "$work/mine: cannot execute: Perm" -i v1 -u nobody "$work/mine"
# The message guesses what the user meant.
refuses 1 'port: cannot execute: No such .*quote the whole filter: -e .tcp port ' \
    -i v1 -e tcp port 80 true
refuses 1 'v1: cannot execute: .*"v1" is an interface: use -i v1' -i v0 v1 true
refuses 1 '/: cannot execute: .*as one word, such as 5/10s' \
    -i v1 -c 5 / 10s true
refuses 1 '/10s: cannot execute: .*as one word' -i v1 -c 5 /10s true
"$bin/write_savefile" 1000000 >"$work/capture"
for word in port ,port; do
	refuses 1 "$word: cannot execute: .*belongs to the key, .*-k source,port" \
	    -r "$work/capture" -k source $word true
done
refuses 1 "echo x > /tmp/y: cannot execute: .*use sh -c 'echo x > /tmp/y'" \
    -i v1 'echo x > /tmp/y'
refuses 1 'nosuchcommand: cannot execute: [^;]*$' -i v1 -e 'tcp port 80' \
    nosuchcommand
# As with ProtectHome= in a unit: the path is behind a directory without
# permissions.
if [ -d /home ]; then
	refuses 1 '/home/x/plug: cannot execute: No such[^;]*$' \
	    -i v1 /home/x/plug
	mkdir -m 0 "$work/inaccessible"
	mount --bind "$work/inaccessible" /home
	refuses 1 '/home/x/plug: cannot execute: .*/home is hidden (Prot' \
	    -i v1 /home/x/plug
	umount /home
fi
refuses 1 'v1@v0: no such interface; leave out "@v0", the name is v1$' -i v1@v0 true
refuses 1 'v1@v0: no such interface; leave out "@v0"' -w -i v1@v0 true
refuses 1 'v1@interface1234567: no such interface; leave out "@interface' \
    -i v1@interface1234567 true
refuses 1 'v7@v0: .*no such interface; "ip link"' -i v7@v0 true
refuses 1 'nosuch: .*no such interface' -i nosuch true
refuses 1 'abcdefghijklmnop: an interface name has' -i abcdefghijklmnop true
refuses 1 'a/b: .*cannot contain a slash' -i a/b true
refuses 1 '.*interface' -i "" true

# Options end at the command; -z exits with its status.

# once command ...: the exit status after the first packet is in $status.
once() {
	start -z -i v1 "$@" && $bin/flood v0 1 >/dev/null
	ended "$daemon" 5
	daemon=
}

once echo -n -c x -V
is "$(cat "$work/out") $status" "-c x -V 0" "options end at the command"
once sh -c 'exit 3'
is "$status" 3 "-z: exit status of the command"
once sh -c 'kill -KILL $$'
is "$status" 137 "-z: 128 plus the signal that ended the command"

# Which users can start the daemon.

nobody=$(id -u nobody)
group=$(id -g nobody)
as_nobody="setpriv --reuid $nobody --regid $group --clear-groups"

WRAP=$as_nobody
refuses 1 'v1: CAP_NET_RAW is missing: .* root,.*"setcap .*unit file' -i v1 true
WRAP="setpriv --bounding-set -net_raw"
refuses 1 'v1: CAP_NET_RAW is missing: ' -i v1 true
with_raw="$as_nobody --inh-caps +net_raw --ambient-caps +net_raw"
WRAP=$with_raw
refuses 1 '-u: root: only root can ' -i v1 -u root true
refuses 2 '-u: nosuchuser: no such user' -i v1 -u nosuchuser true
printf 'user root\nrule x on v1 { every 1 packet run true }\n' >"$work/rules"
chmod 755 "$work"
refuses 1 "$work/rules: root: only root can " -f "$work/rules"

# looks options ...: the command writes a report of its environment; 7 packets
# come, 3 per event.
looks() {
	rm -f "$found"
	start -c 3 "$@" "$work/inspect" "$found" && $bin/flood v0 7 >/dev/null &&
	    until_true 5 [ -e "$found" ]
}

# sees pattern ...: whole lines that the report must have.
sees() {
	for pattern in "$@"; do
		grep -Eqx -- "$pattern" "$found" || {
			not_ok "$about: $pattern" \
			    "$(grep "^${pattern%%[: ]*}" "$found")"
			continue
		}
		ok "$about: $pattern"
	done
}

sees_no_right() {
	sees 'CapInh: 0+' 'CapPrm: 0+' 'CapEff: 0+' 'CapAmb: 0+' \
	    "Uid:( $nobody){4}" "Gid:( $group){4}"
}

about="ambient net_raw and bpf"
WRAP="$as_nobody --inh-caps +net_raw,+bpf --ambient-caps +net_raw,+bpf"
holds "$about: the command runs" looks -i v1
like "$(cat "$log")" 'extended filter \(eBPF\)' "$about: mode"
sees_no_right
is "$(sed -n 's/^CapPrm:[[:space:]]*//p' "/proc/$daemon/status" \
    "/proc/$watcher/status" | tr -d '\n0')" "" "$about: no capability is kept"
stop
# Without CAP_PERFMON the verifier explores more paths, up to a limit.
for filter in 'tcp port 80 or udp port 53' 'ip6 and not vlan' \
    'vlan 1 and (host 192.0.2.1 or net 198.51.100.0/24)'; do
	start -i v1 -b 1M -e "$filter" true
	like "$(cat "$log")" 'extended filter \(eBPF\)' \
	    "$about: bytes of $filter"
	stop
done

about="ambient net_raw alone"
WRAP=$with_raw
holds "$about: the command runs" looks -i v1
like "$(cat "$log")" ': counting, .* classic filter' "$about: mode"
like "$(cat "$log")" 'GRO, GSO.* CAP_BPF' "$about: the log names the limitation"
sees_no_right
stop

# A user may name himself with -u without being root.
for user in nobody "$nobody"; do
	about="-u $user, by nobody"
	holds "$about: the command runs" looks -i v1 -u "$user"
	sees_no_right "Groups: ?"
	stop
done
about="user nobody, by nobody"
cat >"$work/rules" <<-EOF
	user nobody
	rule x on v1 { every 3 packets run "$work/inspect" "$found" }
EOF
rm -f "$found"
holds "$about: the daemon starts" start -f "$work/rules"
$bin/flood v0 7 >/dev/null
until_true 5 [ -e "$found" ]
sees_no_right
stop

about="capabilities of the file"
WRAP=$as_nobody
if setcap cap_net_raw,cap_bpf+ep "$BPFSTATSD" 2>/dev/null &&
    $as_nobody "$BPFSTATSD" -h >/dev/null 2>&1 &&
    ! findmnt -n -o OPTIONS -T "$work" | grep -qw nosuid; then
	holds "$about: the command runs" looks -i v1
	like "$(cat "$log")" 'extended filter \(eBPF\)' "$about: mode"
	sees_no_right
	stop
	setcap -r "$BPFSTATSD"
else
	echo "# The file system of mktemp(1) has no file capabilities."
fi

# Variables, descriptors and privileges that a command inherits.

nobody_home=$(getent passwd nobody | cut -d : -f 6)
nobody_shell=$(getent passwd nobody | cut -d : -f 7)
WRAP="setpriv --clear-groups"
for user in nobody "$nobody"; do
	about="-u $user"
	holds "$about: the command runs" looks -i v1 -u "$user"
	sees_no_right "Groups: $(id -G nobody)"
	sees "env: HOME=$nobody_home" 'env: USER=nobody' 'env: LOGNAME=nobody' \
	    "env: SHELL=$nobody_shell"
	stop
done

about="command of root's"
WRAP="env -i BPFSTATSD_COUNT=77 BPFSTATSD_OTHER=x BPFSTATS=kept OTHER=kept"
holds "$about: the command runs" looks -i v1
sees 'fd: 0 /dev/null' "fd: 1 $work/out" "fd: 2 $work/log" 'group: own' \
    'NoNewPrivs: 0' 'Seccomp: 0' 'SigBlk: 0+' 'SigIgn: 0+(18)?0+' 'Uid: 0 0 0 0' \
    'CapInh: 0+' 'CapAmb: 0+'
is "$(grep -c '^fd:' "$found")" 3 "$about: no other descriptor"
# The first run stands for one event or for both.
events=$(sed -n 's/^env: BPFSTATSD_EVENTS=//p' "$found")
sees 'env: BPFSTATSD_EVENT=every' 'env: BPFSTATSD_RULE=v1' \
    'env: BPFSTATSD_INTERFACE=v1' 'env: BPFSTATSD_EVENTS=[12]' \
    "env: BPFSTATSD_COUNT=$((events * 3))" 'env: BPFSTATSD_TOTAL=[3-7]' \
    'env: BPFSTATS=kept' 'env: OTHER=kept'
is "$(grep -c '^env:' "$found")" 8 "$about: no other variable"
stop

# no_new_privs capabilities option ...: a command in a container with these
# capabilities and no_new_privs has what it would have without no_new_privs.
no_new_privs() {
	WRAP="setpriv --bounding-set $1 --no-new-privs"
	shift
	rm -f "$work/open/caps"
	# shellcheck disable=SC2016
	once "$@" sh -c 'sed -n "s/^Cap[BEP].*:[[:space:]]*//p" \
	    /proc/self/status >"$0/caps"
	! command -v nft >/dev/null || nft list ruleset >/dev/null' \
	    "$work/open"
	{ read -r prm && read -r eff && read -r bnd; } <"$work/open/caps"
}
for container in +all -all,+net_admin,+net_raw,+kill \
    -all,+net_admin,+net_raw,+setuid,+setgid; do
	about="no_new_privs, root with $container"
	no_new_privs "$container"
	is "$status" 0 "$about: the daemon runs"
	is "$prm $eff" "$bnd $bnd" "$about: its command has all capabilities"
done
about="no_new_privs, -u nobody"
no_new_privs +all -u nobody
is "$(echo "$prm$eff" | tr -d 0)" "" "$about: its command has no capability"
WRAP=

# A command cannot type into the terminal on which the daemon was started.
about="command on a terminal"
terminal() {
	python3 - "$work/pid" "$@" <<-'PYTHON'
		import os, pty, sys
		pid, fd = pty.fork()
		if pid == 0:
		    with open(sys.argv[1], "w") as file:
		        file.write(str(os.getpid()))
		    os.execv(sys.argv[2], sys.argv[2:])
		while True:
		    try:
		        data = os.read(fd, 4096)
		    except OSError:
		        break
		    sys.stdout.buffer.write(data)
		    sys.stdout.buffer.flush()
	PYTHON
}
for user in root nobody; do
	rm -f "$found" "$work/pid"
	: >"$log"
	terminal "$BPFSTATSD" -v -i v1 -u "$user" "$work/inspect" "$found" >"$log" &
	until_true 10 grep -q ': counting' "$log"
	daemon=$(cat "$work/pid")
	$bin/flood v0 1 >/dev/null
	until_true 5 [ -e "$found" ]
	like "$(grep '^fd: 2' "$found")" '^fd: 2 /dev/pts/' \
	    "$about, -u $user: stderr is the terminal"
	sees 'group: own' 'session: own' 'terminal: none'
	kill -TERM "$daemon"
	wait $!
	daemon=
done
done_testing
