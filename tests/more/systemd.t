#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The units in systemd itself, with their whole confinement.
. tests/lib/live.sh
own_network "$@"
. tests/lib/systemd.sh

end_all() {
	end_systemd
	clean_up
}
trap end_all EXIT
boot_systemd

#
# The unit of the rules file.
#
holds 'without a rule: the unit does not start' fails ctl start bpfstatsd
is "$(asked bpfstatsd ExecMainStatus) $(asked bpfstatsd SubState)" '2 failed' \
    'without a rule: no restart'
like "$(told bpfstatsd)" '^bpfstatsd: /etc/bpfstatsd.conf: no rules$' \
    'without a rule: the message'

ran=/var/lib/bpfstatsd/ran
cat >"$root/usr/bin/for-the-test" <<-'COMMAND'
	#!/bin/sh
	{
		id -un
		pwd
		echo >/etc/hostname || echo denied
		echo "$BPFSTATSD_EVENT $NOTIFY_SOCKET"
	} >/var/lib/bpfstatsd/ran.new 2>/dev/null
	mv /var/lib/bpfstatsd/ran.new /var/lib/bpfstatsd/ran
COMMAND
chmod 755 "$root/usr/bin/for-the-test"
cat >>"$root/etc/bpfstatsd.conf" <<-'CONF'
	rule "test" on v1 in { every 10 packets run for-the-test }
	rule "log" on nflog:5 { every 1 packet run true }
CONF
holds 'the unit starts' ctl start bpfstatsd
is "$(asked bpfstatsd ActiveState)" active 'the unit is active'
is "$(told bpfstatsd | grep '^bpfstatsd: ' | grep -v -e 'no rule' -e merged)" \
    '' 'the daemon has the privileges it needs'
$bin/flood v0 10 >/dev/null
has_run() {
	[ -e "$root$ran" ]
}
holds 'a command runs' until_true 10 has_run
is "$(tr '\n' ' ' <"$root$ran")" \
    '_bpfstatsd /var/lib/bpfstatsd denied every  ' \
    'commands: own user and directory, no write access elsewhere'
is "$(asked bpfstatsd NRestarts)" 0 'the unit was started once'
like "$(inside bpfstatsctl)" '^test .*every 10 ' 'bpfstatsctl finds the daemon'

holds 'reload: succeeds' ctl reload bpfstatsd
like "$(told bpfstatsd)" '^bpfstatsd: reload: rules 2: .* 2 unchanged$' \
    'reload: the rules are read'
until_true 10 is_property bpfstatsd SubState running
echo nonsense >>"$root/etc/bpfstatsd.conf"
holds 'reload: wrong rules fail' fails ctl reload bpfstatsd
like "$(told bpfstatsd)" 'bpfstatsd.conf:[0-9]*: "nonsense": ' \
    'reload: wrong rules are logged'
is "$(asked bpfstatsd SubState)" running \
    'reload: the daemon continues after wrong rules'
sed -i '$d' "$root/etc/bpfstatsd.conf"

# A command in a home directory, which the unit hides.
mkdir -p "$root/home/me"
cp "$root/usr/bin/for-the-test" "$root/home/me/plug"
cp "$root/etc/bpfstatsd.conf" "$work/conf"
echo 'rule "home" on v1 { every 1 packet run /home/me/plug }' \
    >>"$root/etc/bpfstatsd.conf"
hidden='/home/me/plug: cannot execute: .*; /home is hidden \(ProtectHome= '
tells_hidden() {
	told bpfstatsd | tail -n 5 | grep -Eq -- "$hidden"
}
ctl reload bpfstatsd
holds 'a command in /home: the message of the reload' until_true 2 tells_hidden
ctl stop bpfstatsd
holds 'a command in /home: the unit does not start' fails ctl start bpfstatsd
holds 'a command in /home: the message' tells_hidden
cp "$work/conf" "$root/etc/bpfstatsd.conf"

# A hanging watcher: systemd ends all processes and restarts the unit.
mkdir "$root/etc/systemd/system/bpfstatsd.service.d"
printf '[Service]\nWatchdogSec=2\nRestartSec=100ms\nLimitCORE=0\n' \
    >"$root/etc/systemd/system/bpfstatsd.service.d/soon.conf"
ctl daemon-reload
ctl restart bpfstatsd
until_true 10 is_property bpfstatsd SubState running
main=$(asked bpfstatsd MainPID)
begun=$(asked bpfstatsd WatchdogTimestampMonotonic)
is_fed() {
	fed=$(asked bpfstatsd WatchdogTimestampMonotonic)
	[ $((fed - begun)) -gt 4500000 ]
}
until_true 20 is_fed
is "$(asked bpfstatsd MainPID) $(asked bpfstatsd SubState)" "$main running" \
    'watchdog: regular messages'
all=$(inside pgrep -c -f '^/usr/bin/bpfstatsd')
inside pkill -STOP -x bpfstatsd-watch
again() {
	[ "$(asked bpfstatsd NRestarts)" -ge 1 ] &&
	    is_property bpfstatsd SubState running
}
holds 'watchdog: a hanging watcher causes a restart' until_true 20 again
like "$(told bpfstatsd)" 'Watchdog timeout' \
    'watchdog: the journal names the watchdog'
is "$(inside pgrep -c -f '^/usr/bin/bpfstatsd')" "$all" \
    'watchdog: no old process is left'

holds 'the unit stops' ctl stop bpfstatsd
is "$(asked bpfstatsd Result) $(asked bpfstatsd ActiveState)" \
    'success inactive' 'the unit stopped without an error'
is "$(inside pgrep -c -f '^/usr/bin/bpfstatsd')" 0 'no process is left'
is "$(find "$root/run" -name 'bpfstatsd*')" '' \
    'its directory in /run is removed'

#
# The unit of one interface, and of one firewall log group.
#
rm -f "$root$ran"
echo 'OPTIONS="-c 5 -m 1ms"
COMMAND="/usr/bin/for-the-test one '"'two  three'"'"' \
    >"$root/etc/default/bpfstatsd-v1"
holds 'bpfstatsd@v1 starts' ctl start bpfstatsd@v1
$bin/flood v0 5 >/dev/null
holds 'bpfstatsd@v1: a command runs' until_true 10 has_run
is "$(inside pgrep -o -a -f '^/usr/bin/bpfstatsd' | sed 's/^[0-9]* //')" \
    '/usr/bin/bpfstatsd -w -i v1 -s /run/bpfstatsd-v1/bpfstatsd.sock -c 5 -m 1ms /usr/bin/for-the-test one two  three' \
    'bpfstatsd@v1: its command line'
like "$(inside bpfstatsctl -s /run/bpfstatsd-v1/bpfstatsd.sock)" '^v1 ' \
    'bpfstatsd@v1: its statistics'
cp "$root/etc/default/bpfstatsd-v1" "$root/etc/default/bpfstatsd-nflog:7"
holds 'bpfstatsd@nflog:7 starts' ctl start bpfstatsd@nflog:7
holds 'both stop' ctl stop bpfstatsd@v1 bpfstatsd@nflog:7
is "$(find "$root/run" -name 'bpfstatsd*')" '' \
    'their directories in /run are removed'
done_testing
