#!/bin/sh
# The units under systemd itself, which runs as the first process of a process
# namespace, in a root that is this system with a layer above it: with all of
# the harness that they say they have, and with what systemd makes of what it is
# told.
. tests/lib/live.sh

[ -x /lib/systemd/systemd ] || skip_all "needs systemd"
own_network "$@"
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR
root=$work/root cgroup=$work/cgroup/bpfstatsd-$$ outer='' first=''
mkdir "$work/cgroup" "$work/layer" "$root"
mount -t cgroup2 cgroup2 "$work/cgroup" 2>/dev/null ||
    skip_all "needs control groups, version 2"

end_all() {
	[ -z "$outer" ] || kill -KILL "$outer" 2>/dev/null
	until_true 5 empty
	find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
	umount -R -l "$root" "$work/layer" "$work/cgroup" 2>/dev/null
	clean_up
}
empty() {
	! grep -qsx 'populated 1' "$cgroup/cgroup.events"
}
trap end_all EXIT

#
# The layer, with what make installs, and of all the system's units no other.
#
mount -t tmpfs tmpfs "$work/layer"
mkdir "$work/layer/upper" "$work/layer/work"
mount -t overlay overlay \
    -o "lowerdir=/,upperdir=$work/layer/upper,workdir=$work/layer/work" "$root"
for directory in run tmp dev; do
	mount -t tmpfs -o mode=755 tmpfs "$root/$directory"
done
for device in full null random tty urandom zero; do
	cp -a "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/hugepages" "$root/dev/mqueue" "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
rm -rf "$root"/etc/systemd/system/*.wants "$root"/usr/lib/systemd/system/*.wants
printf '[Unit]\nWants=systemd-journald.service\n' \
    >"$root/etc/systemd/system/boot.target"
holds 'make install install-conf install-systemd' make -s install \
    install-conf install-systemd DESTDIR="$root" PREFIX=/usr
chroot "$root" systemd-sysusers bpfstatsd.conf 2>/dev/null

# Neither /proc/sys nor /sys is to be changed by it: they are everybody's.
cat >"$work/boot" <<'BOOT'
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
    /lib/systemd/systemd --system --unit=boot.target --log-target=journal'
BOOT
mkdir "$cgroup"
# shellcheck disable=SC2016
sh -c 'echo $$ >"$0/cgroup.procs"
exec unshare --cgroup --fork --ipc --kill-child --mount --pid --uts \
    sh "$1/boot" "$1/root"' "$cgroup" "$work" >"$log" 2>&1 </dev/null &
outer=$!

inside() {
	nsenter --target "$first" --all --root --wd=/ -- "$@" </dev/null
}
booted() {
	first=$(children "$outer" | tr -d ' ')
	[ -n "$first" ] && inside systemctl is-active -q boot.target 2>/dev/null
}
if ! until_true 20 booted; then
	sed 's/^/# /' "$log"
	not_ok 'systemd starts'
	done_testing
	exit 1
fi
ok 'systemd starts'

# asked unit property: what systemd says of it.
asked() {
	inside systemctl show --value -p "$2" "$1"
}
told() {
	inside journalctl --sync
	inside journalctl -o cat -u "$1" 2>&1
}
is_property() {
	[ "$(asked "$1" "$2")" = "$3" ]
}
# ctl word ...: what it says is no concern of ours.
ctl() {
	inside systemctl "$@" >"$work/out" 2>&1
}
fails() {
	! "$@"
}

#
# The unit of the rules file.
#
holds 'without a rule: it does not start' fails ctl start bpfstatsd
is "$(asked bpfstatsd ExecMainStatus) $(asked bpfstatsd SubState)" '2 failed' \
    'without a rule: it is not tried again'
like "$(told bpfstatsd)" '^bpfstatsd: /etc/bpfstatsd.conf: no rules$' \
    'without a rule: it says why'

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
holds 'it starts' ctl start bpfstatsd
is "$(asked bpfstatsd ActiveState)" active 'it is active'
is "$(told bpfstatsd | grep '^bpfstatsd: ' | grep -v -e 'no rule' -e merged)" \
    '' 'it has the rights that it needs'
$bin/flood v0 10 >/dev/null
has_run() {
	[ -e "$root$ran" ]
}
holds 'its command runs' until_true 10 has_run
is "$(tr '\n' ' ' <"$root$ran")" \
    '_bpfstatsd /var/lib/bpfstatsd denied every  ' \
    'as its user, in its directory, and cannot write elsewhere'
is "$(asked bpfstatsd NRestarts)" 0 'it was started once'
like "$(inside bpfstatsctl)" '^test .*every 10 ' 'bpfstatsctl finds it'

holds 'reload: it works' ctl reload bpfstatsd
like "$(told bpfstatsd)" '^bpfstatsd: reload: rules 2, unchanged 2$' \
    'reload: the rules are read'
until_true 10 is_property bpfstatsd SubState running
echo nonsense >>"$root/etc/bpfstatsd.conf"
holds 'reload: one of wrong rules fails' fails ctl reload bpfstatsd
like "$(told bpfstatsd)" 'bpfstatsd.conf:[0-9]*: "nonsense": ' \
    'reload: and is told of'
is "$(asked bpfstatsd SubState)" running 'reload: it runs all the same'
sed -i '$d' "$root/etc/bpfstatsd.conf"

# A watcher that hangs: all is ended and started again.
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
    'watchdog: it is fed'
all=$(inside pgrep -c -f '^/usr/bin/bpfstatsd')
inside pkill -STOP -x bpfstatsd-watch
again() {
	[ "$(asked bpfstatsd NRestarts)" -ge 1 ] &&
	    is_property bpfstatsd SubState running
}
holds 'watchdog: of a watcher that hangs it is not' until_true 20 again
like "$(told bpfstatsd)" 'Watchdog timeout' 'watchdog: it was that'
is "$(inside pgrep -c -f '^/usr/bin/bpfstatsd')" "$all" \
    'watchdog: none is left over'

holds 'it stops' ctl stop bpfstatsd
is "$(asked bpfstatsd Result) $(asked bpfstatsd ActiveState)" \
    'success inactive' 'it has stopped well'
is "$(inside pgrep -c -f '^/usr/bin/bpfstatsd')" 0 'and nothing of it is left'
is "$(find "$root/run" -name 'bpfstatsd*')" '' 'nor its directory in /run'

#
# The unit of one interface, and of one firewall log group.
#
rm -f "$root$ran"
echo 'OPTIONS="-c 5 -m 1ms"
COMMAND="/usr/bin/for-the-test one '"'two  three'"'"' \
    >"$root/etc/default/bpfstatsd-v1"
holds 'bpfstatsd@v1: it starts' ctl start bpfstatsd@v1
$bin/flood v0 5 >/dev/null
holds 'bpfstatsd@v1: its command runs' until_true 10 has_run
is "$(inside pgrep -o -a -f '^/usr/bin/bpfstatsd' | sed 's/^[0-9]* //')" \
    '/usr/bin/bpfstatsd -w -i v1 -s /run/bpfstatsd-v1/bpfstatsd.sock -c 5 -m 1ms /usr/bin/for-the-test one two  three' \
    'bpfstatsd@v1: its command line'
like "$(inside bpfstatsctl -s /run/bpfstatsd-v1/bpfstatsd.sock)" '^v1 ' \
    'bpfstatsd@v1: its statistics'
cp "$root/etc/default/bpfstatsd-v1" "$root/etc/default/bpfstatsd-nflog:7"
holds 'bpfstatsd@nflog:7: it starts' ctl start bpfstatsd@nflog:7
holds 'both stop' ctl stop bpfstatsd@v1 bpfstatsd@nflog:7
is "$(find "$root/run" -name 'bpfstatsd*')" '' 'nothing of them is left'
done_testing
