#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The Debian package, from a clean copy of the tree: built, checked by lintian,
# installed, started by its unit's command line as its own user, upgraded,
# removed and purged; in a root that is an overlay over this system, so nothing
# here changes. Then the packaging for other distributions, as far as it can be
# checked here.
. tests/lib/live.sh

for part in debhelper dpkg-dev fakeroot lintian rpm; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' $part 2>&1)" = installed ] ||
	    skip_all "needs Debian's package $part"
done
own_network "$@"
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR
version=$(sed -n 's/^VERSION = //p' mk/objects.mk)
manager='' top=$(pwd)

end_all() {
	for process in $manager $daemon; do
		kill "$process" 2>/dev/null
	done
	umount -R -l "$work/root" "$work/layer" 2>/dev/null
	clean_up
}
trap end_all EXIT

copy_tree "$work/bpfstatsd-$version"
build() {
	cd "$work/bpfstatsd-$version" &&
	    dpkg-buildpackage -us -uc -b -j2 >"$work/build" 2>&1
}
holds 'dpkg-buildpackage -us -uc -b' build
grep -E '(warning|error): ' "$work/build" | sed 's/^/# /'
cd "$top" || exit
package=$(echo "$work/bpfstatsd_${version}_"*.deb)
if [ ! -s "$package" ]; then
	tail -n 20 "$work/build" | sed 's/^/# /'
	done_testing
	exit 1
fi
is "$(lintian --allow-root --fail-on warning "$work"/*.changes 2>&1)" '' \
    'lintian reports nothing'
is "$(dpkg-deb -f "$package" Version)" "$version" 'the package has the version'

in_package() {
	dpkg-deb -c "$package" | sed -n 's/^\([^ ]*\) .* \.\//\1 /p'
}
is "$(in_package | grep ' usr/bin/bpfstatsd$')" \
    '-rwxr-xr-x usr/bin/bpfstatsd' 'the program with its mode'
is "$(in_package | grep -c ' usr/share/man/man[58]/.*[58]\.gz$')" \
    "$(find . -maxdepth 1 -name '*.[58]' | grep -c .)" 'the package has every manual'
is "$(in_package | grep '^-' |
    grep -Ec 'systemd/system/|sysusers.d/|completions[^/]*/')" 9 \
    'the package has units, user and completions'
is "$(in_package | grep -c '^-.* usr/share/doc/bpfstatsd/examples/')" \
    "$(find examples dist/openrc dist/runit -type f | grep -c .)" 'the package has every example'

#
# The root: an overlay; its upper directory has what changed.
#
layer=$work/layer/upper root=$work/root
mkdir "$work/layer" "$root"
mount -t tmpfs tmpfs "$work/layer"
mkdir "$layer" "$work/layer/work"
mount -t overlay overlay \
    -o "lowerdir=/,upperdir=$layer,workdir=$work/layer/work" "$root" ||
    { not_ok 'a layer above the root'; done_testing; exit 1; }
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
# An index of all manuals takes long.
rm -f "$root/var/lib/man-db/auto-update"

inside() {
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	    DEBIAN_FRONTEND=noninteractive "$@"
}
# install_package package: installs the package.
install_package() {
	cp "$1" "$root/tmp/" &&
	    inside dpkg --force-unsafe-io -i "/tmp/${1##*/}" \
		</dev/null >"$work/dpkg" 2>&1
}
unpackage() {
	inside dpkg --force-unsafe-io "$1" bpfstatsd >"$work/dpkg" 2>&1
}
# shellcheck disable=SC2016
state() {
	inside dpkg-query -W -f '${db:Status-Abbrev} ${Version}' bpfstatsd 2>&1
}
# traces: prints new and changed files, without dpkg's database.
traces() {
	(cd "$layer" && find . \( -type f -o -type l \) \
	    ! -path './var/lib/dpkg/*' ! -path './var/log/*' \
	    ! -path './var/cache/*' ! -path './var/lib/man-db/*') |
	    while read -r file; do
		cmp -s "$layer/$file" "/$file" || echo "${file#.}"
	done | sort | tr '\n' ' '
}
# Changes of users also write a copy of the former files.
users='^/etc/(passwd|group|shadow|gshadow)-?$|^/etc/\.pwd\.lock$|^$'
but_users() {
	tr ' ' '\n' | grep -Ev "$users" | tr '\n' ' '
}

holds 'dpkg -i' install_package "$package"
is "$(state)" "ii  $version" 'the package is installed'
like "$(inside getent passwd _bpfstatsd)" '^_bpfstatsd:.*:/nonexistent:.*nologin$' \
    'its user exists'
is "$(inside stat -c '%a %U' /etc/bpfstatsd.conf)" '644 root' \
    'mode and owner of the rules file'
is "$(find "$layer/etc/systemd" -name '*bpfstatsd*' 2>/dev/null)" '' \
    'the unit is not enabled'

#
# Started as systemd would, by the unit's settings.
#
unit=$root/lib/systemd/system/bpfstatsd.service
setting() {
	sed -n "s/^$1=//p" "$unit"
}
capabilities() {
	setting "$1" | tr '[:upper:] ' '[:lower:],' | sed 's/cap_/+/g'
}
user=$(setting User)
for directory in "run/$(setting RuntimeDirectory)" \
    "var/lib/$(setting StateDirectory)"; do
	mkdir "$root/$directory"
	inside chown "$user:$user" "/$directory"
done
# as_unit command ...: runs the command with the unit's user and capabilities.
as_unit() {
	inside setpriv --reuid "$user" --regid "$user" --init-groups \
	    --no-new-privs --inh-caps "$(capabilities AmbientCapabilities)" \
	    --ambient-caps "$(capabilities AmbientCapabilities)" \
	    --bounding-set "-all,$(capabilities CapabilityBoundingSet)" \
	    env NOTIFY_SOCKET=/run/notify WATCHDOG_USEC=1000000 "$@"
}
status=0
# shellcheck disable=SC2046
as_unit $(setting ExecStart) >"$log" 2>&1 || status=$?
is "$status $(cat "$log")" '2 bpfstatsd: /etc/bpfstatsd.conf: no rules' \
    'without a rule the daemon does not start: the message'

ran=/run/bpfstatsd/ran
cat >>"$root/etc/bpfstatsd.conf" <<-CONF
	rule "test" on v1 in {
		every 10 packets run sh -c 'id -un >>$ran; env >>$ran'
	}
CONF
tests/tools/service_manager "$root/run/notify" >"$work/said" &
manager=$!
until_true 5 test -S "$root/run/notify"
# shellcheck disable=SC2046
as_unit $(setting ExecStart) >"$log" 2>&1 &
wrapper=$!
heard() {
	[ "$(grep -cx "$1" "$work/said")" -ge "$2" ]
}
holds 'READY=1' until_true 10 heard READY=1 1 || sed 's/^/# /' "$log"
holds 'WATCHDOG=1' until_true 10 heard WATCHDOG=1 1
daemon=$(pgrep -o -x bpfstatsd -P "$wrapper" || echo "$wrapper")
is "$(stat -c %u "/proc/$daemon")" "$(inside id -u "$user")" \
    'the daemon runs as its user'
is "$(sed -n 's/^CapEff:[[:space:]]*//p' "/proc/$daemon/status")" \
    0000000000000000 'the runner has no capability'
like "$(cat "$log")" '^$' 'no message: the extended filter counts'
tests/tools/flood v0 10 >/dev/null
has_run() {
	[ -e "$root$ran" ] && [ "$(grep -c BPFSTATSD_EVENTS= "$root$ran")" -ge "$1" ]
}
holds 'packets start a command' until_true 10 has_run 1
is "$(head -n 1 "$root$ran")" "$user" 'the command runs as the user'
is "$(grep -c -e NOTIFY_ -e WATCHDOG_ "$root$ran")" 0 \
    'the command has no notification variables'

# The commands of ExecReload, after a change of the rules.
echo 'rule "more" on v1 in { every 1000 packets run true }' \
    >>"$root/etc/bpfstatsd.conf"
setting ExecReload | sed "s/\\\$MAINPID/$daemon/" >"$work/reload"
while read -r line; do
	# shellcheck disable=SC2086
	holds "reload: $line" as_unit $line </dev/null
done <"$work/reload"
holds 'reload: READY=1' until_true 10 heard READY=1 2
is "$(gone "$daemon" || echo there)" there \
    'the daemon continues after kill -HUP'
like "$(cat "$log")" 'reload: rules 2: .* 1 unchanged' 'reload: the message'
tests/tools/flood v0 10 >/dev/null
holds 'reload: packets start a command' until_true 10 has_run 2
echo nonsense >"$root/tmp/wrong"
is "$(as_unit /usr/bin/bpfstatsd -n -f /tmp/wrong 2>&1 | grep -c wrong:1:)" 1 \
    'reload: errors are found before'
kill -TERM "$daemon"
until_true 10 not_running "$wrapper"
status=0
wait "$wrapper" || status=$?
daemon=''
is "$status $(tail -n 1 "$work/said")" '0 STOPPING=1' 'the daemon stops'
rm -r "$root/run/bpfstatsd"

#
# Upgrade: another version, and locally changed rules.
#
rules=$(cat "$root/etc/bpfstatsd.conf")
dpkg-deb -R "$package" "$work/next"
sed -i "s/^Version: .*/Version: $version+1/" "$work/next/DEBIAN/control"
dpkg-deb -b --root-owner-group "$work/next" "$work/next.deb" >/dev/null
holds 'upgrade: dpkg -i' install_package "$work/next.deb"
is "$(state)" "ii  $version+1" 'upgrade: the new version is installed'
is "$(cat "$root/etc/bpfstatsd.conf")" "$rules" 'upgrade: the rules are kept'
is "$(find "$layer/etc" -name 'bpfstatsd*' | sed "s|$layer||")" \
    /etc/bpfstatsd.conf 'upgrade: no other file is made'

holds 'remove' unpackage -r
is "$(state)" "rc  $version+1" 'remove: the configuration stays'
# deb-systemd-helper keeps a list of enabled units until the purge.
helper=/var/lib/systemd/deb-systemd-helper-enabled/bpfstatsd.service.dsh-also
is "$(traces | but_users | sed "s|$helper ||")" '/etc/bpfstatsd.conf ' \
    'remove: no other file is left'
is "$(cat "$root/etc/bpfstatsd.conf")" "$rules" \
    'remove: the configuration is unchanged'
echo state >"$root/var/lib/bpfstatsd/left"
holds 'purge' unpackage -P
is "$(traces | but_users)" '' 'purge: no file is left'
is "$(inside getent passwd _bpfstatsd)$(inside getent group _bpfstatsd)" '' \
    'purge: the user is removed'

#
# Other distributions: each package has the version and installs complete files.
#
# recipe shell file: prints pkgver and runs package().
recipe() {
	mkdir -p "$work/$2"
	ln -s "$top" "$work/$2/bpfstatsd-$version"
	# shellcheck disable=SC2016
	$1 -e -c '. "$0"; echo "$pkgver"; pkgdir=$1; cd "$2"; package >&2' \
	    "$top/$2" "$work/$2/root" "$work/$2/$3" 2>"$work/recipe" ||
	    sed 's/^/# /' "$work/recipe"
}
for file in alpine/APKBUILD arch/PKGBUILD; do
	shell=bash from=
	[ $file = arch/PKGBUILD ] || { shell=dash from=bpfstatsd-$version; }
	is "$($shell -n dist/$file 2>&1)" '' "$file: $shell -n"
	is "$(recipe $shell dist/$file "$from")" "$version" \
	    "$file: has this version"
	# Its scripts replace the units, or are the only ones.
	for wanted in usr/bin/bpfstatsd etc/bpfstatsd.conf \
	    usr/share/man/man5/bpfstatsd.conf.5 usr/share/man/man8/bpfstatsd.8 \
	    usr/share/zsh/site-functions/_bpfstatsd \
	    usr/share/doc/bpfstatsd/examples/camera/run; do
		[ -s "$work/dist/$file/root/$wanted" ] || echo "$wanted"
	done >"$work/missing"
	is "$(cat "$work/missing")" '' "$file: installs all files"
done
is "$(cd "$work/dist/alpine/APKBUILD/root/etc" && find . -type f | sort |
    tr '\n' ' ')" './bpfstatsd.conf ./conf.d/bpfstatsd ./init.d/bpfstatsd ' \
    'alpine/APKBUILD: the script for OpenRC'
is "$(dash -n dist/alpine/bpfstatsd.pre-install 2>&1)" '' \
    'alpine: dash -n of the script that makes the user'

spec=dist/rpm/bpfstatsd.spec
is "$(rpmspec -q --qf '%{VERSION} %{LICENSE}' $spec 2>"$work/rpm")" \
    "$version ISC" 'rpm: version and license'
is "$(cat "$work/rpm")" '' 'rpm: rpmspec reports nothing'
# The list has exactly the files of "make install".
rpmspec -P $spec | sed '1,/^%files/d' | sed -n 's/^%config([a-z]*) //; s/^\///p' |
    sort >"$work/listed"
(cd "$work/dist/arch/PKGBUILD/root" && find . -type f) | sed 's/^\.\///' |
    grep -Ev '^usr/share/(doc|licenses)/' | sort >"$work/there"
while read -r file; do
	while read -r pattern; do
		# shellcheck disable=SC2254
		case $file in $pattern) echo "$file" ;; esac
	done <"$work/listed"
done <"$work/there" >"$work/matched"
is "$(cat "$work/matched")" "$(cat "$work/there")" \
    'rpm: each installed file is in its list'
is "$(wc -l <"$work/listed")" "$(grep -c . "$work/there")" \
    'rpm: the list has no other file'
done_testing
