#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Service files on Linux: systemd's own tools check the units, runit runs its
# service, and the OpenRC script runs with replacements of its commands.
. tests/lib/live.sh

for part in python3 runsv setpriv systemd-analyze; do
	command -v $part >/dev/null || skip_all "needs $part"
done
unset MAKEFLAGS MFLAGS MAKELEVEL
work=$(mktemp -d)
service='' writer=''

end_all() {
	for process in $service $writer; do
		kill "$process" 2>/dev/null
	done
	rm -rf "$work"
}
trap end_all EXIT
trap 'exit 1' HUP INT TERM

program=$(cd "$(dirname "$BPFSTATSD")" && pwd)/${BPFSTATSD##*/}

#
# systemd. The limit of the units' exposure figure, of 100; systemd knows every
# setting in the units.
#
threshold=25
units=$work/usr/lib/systemd/system
holds 'systemd: make install-systemd' make -s install-systemd \
    DESTDIR="$work" PREFIX=/usr BINDIR="${program%/*}"
# Also an instance.
cp "$units/bpfstatsd@.service" "$units/bpfstatsd@eth0.service"

exposure() {
	systemd-analyze --no-pager --offline=true --threshold=$threshold \
	    security "$1" 2>&1
}

for unit in bpfstatsd.service bpfstatsd@eth0.service; do
	is "$(systemd-analyze verify --man=no "$units/$unit" 2>&1)" '' \
	    "systemd: $unit: verify reports nothing"
	figure=$(exposure "$units/$unit")
	status=$?
	is "$status" 0 "systemd: $unit: exposure below the limit"
	echo "# $(echo "$figure" | sed -n 's/^[^ ]* //; s/ [^ ]*$//; $p')"
done
is "$(grep -c "^ExecStart=$program " "$units"/*.service | grep -vc ':1$')" 0 \
    'systemd: the units have the path of the program'

# common unit: prints the settings that both units share.
common() {
	sed -n '/^AmbientCapabilities/,/^UMask/p' "dist/systemd/$1" |
	    grep -v -e '^#' -e '^RuntimeDirectory='
}
is "$(common bpfstatsd.service)" "$(common bpfstatsd@.service)" \
    'systemd: both units have the same confinement'

# systemd creates the user from the file.
mkdir -p "$work/etc"
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers --root="$work" bpfstatsd.conf 2>"$work/sysusers"
	like "$(cat "$work/etc/passwd")" \
	    '^_bpfstatsd:x:[0-9]+:[0-9]+:Packet counter:/nonexistent:' \
	    'sysusers: the user is created'
fi
is "$(sed -n 's/^User=//p' "$units"/*.service | sort -u)" \
    "$(sed -n 's/.*PRIV_USER "\(.*\)"/\1/p' src/priv/priv.h)" \
    'systemd: units and program have the same user'
is "$(sed -n 's/^u \([^ ]*\) .*/\1/p' dist/sysusers.d/bpfstatsd.conf)" \
    "$(sed -n 's/.*PRIV_USER "\(.*\)"/\1/p' src/priv/priv.h)" \
    'sysusers: the program has the created user'

#
# The installed rules file has no rules and no other error. Its examples are
# rules when uncommented.
#
status=0
said=$("$BPFSTATSD" -f dist/bpfstatsd.conf 2>&1) || status=$?
is "$status $said" '2 bpfstatsd: dist/bpfstatsd.conf: no rules' \
    'conf: the message is "no rules"'
sed -E 's/^#(rule|	|}|user)/\1/' dist/bpfstatsd.conf >"$work/conf"
chmod 644 "$work/conf"
is "$("$BPFSTATSD" -n -v -f "$work/conf" 2>&1 | grep -c '^rule ')" 2 \
    'conf: the examples are rules'
# With a user and a program of this system, the examples have no error.
cp /bin/true "$work/plug"
sed -i "s|_bpfstatsd|$(id -un)|; s|/usr/local/bin/plug|$work/plug|" "$work/conf"
is "$("$BPFSTATSD" -n -f "$work/conf" 2>&1)" '' \
    'conf: the examples have no error'

#
# OpenRC.
#
is "$(dash -n dist/openrc/bpfstatsd 2>&1)" '' 'openrc: dash -n'
is "$(dash -n dist/openrc/bpfstatsd.confd 2>&1)" '' \
    'openrc: dash -n of the settings'
# show commands: runs the commands after the script, with the functions of
# openrc-run(8) replaced; some shells do not allow a dash in function names.
sed -e "s|/usr/bin/bpfstatsd|$program|" -e 's/supervise-daemon "/supervise "/' \
    -e "s|/etc/bpfstatsd.conf|$work/conf|" dist/openrc/bpfstatsd >"$work/openrc"
show() {
	# shellcheck disable=SC2016
	sh -c 'RC_SVCNAME=bpfstatsd
	use() { :; }; after() { :; }; ebegin() { :; }; eend() { return "$1"; }
	checkpath() { :; }; supervise() { echo "$*"; }
	. "$0"; eval "$1"' "$work/openrc" "$1" 2>&1
}
# shellcheck disable=SC2016
is "$(show 'echo "$command $command_args"')" \
    "$program -w -f $work/conf -u _bpfstatsd" 'openrc: the command line'
is "$(show 'depend; start_pre && echo fine')" fine \
    'openrc: correct rules are accepted'
is "$(show reload)" 'bpfstatsd --signal HUP --pidfile /run/bpfstatsd.pid' \
    'openrc: reload'
echo nonsense >>"$work/conf"
like "$(show 'reload && echo fine')" "^bpfstatsd: $work/conf:|^$work/conf:" \
    'openrc: wrong rules are not reloaded'
is "$(show 'reload >/dev/null 2>&1 && echo fine')" '' \
    'openrc: a reload of wrong rules fails'
sed -i '$d' "$work/conf"

#
# runit. An endless savefile keeps the daemon running.
#
mkfifo "$work/fifo"
sleep 100 >"$work/fifo" &
writer=$!
mkdir "$work/sv"
cp -R dist/runit "$work/sv/bpfstatsd"
sv=$work/sv/bpfstatsd
log=$work/log
sed -i "s|/usr/bin/bpfstatsd|$program|; s|/run/|$work/|" "$sv/run"
printf '#!/bin/sh\nexec cat >>%s\n' "$log" >"$sv/log/run"
echo "set -- -v -r $work/fifo sh -c 'echo \"a  b\"'" >"$sv/conf"
runsv "$sv" >/dev/null 2>&1 &
service=$!

state() {
	sv status "$sv" 2>&1
}
is_up() {
	state | grep -q '^run: '
}
is_down() {
	state | grep '^down: ' | grep -qv 'want up'
}
holds 'runit: the service runs' until_true 10 is_up
pid=$(cat "$sv/supervise/pid")
has_started() {
	tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qx 'echo "a  b"'
}
holds 'runit: with the arguments of conf' until_true 10 has_started
sv down "$sv" >/dev/null
holds 'runit: the service ends' until_true 10 gone "$pid"
holds 'runit: the service stays down' until_true 10 is_down

# After exit status 2 the service is not restarted.
echo "set -- -x" >"$sv/conf"
: >"$log"
sv up "$sv" >/dev/null
said_so() {
	grep -q 'unknown option' "$log"
}
holds 'runit: messages are logged' until_true 10 said_so
holds 'runit: a wrong command line ends the service' until_true 10 is_down
like "$(state)" '^down: .* [0-9]+s(, normally up)?; run: log' \
    'runit: a wrong command line: not restarted'
is "$(grep -c 'unknown option' "$log")" 1 \
    'runit: a wrong command line: started once'
kill "$service"
ended "$service" 10
service=''
done_testing
