#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Paths and modes of "make install", with GNU make and BSD make.
. tests/lib/live.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
program=usr/local/bin/bpfstatsd
manuals='usr/local/share/man/man5/bpfstatsd.conf.5
usr/local/share/man/man8/bpfstatsctl.8
usr/local/share/man/man8/bpfstatsd.8'
client=usr/local/bin/bpfstatsctl

# installs make target mode [variable=value ...]: checks the installed files.
installs() {
	maker=$1 target=$2 wanted=$3
	shift 3
	about="$maker $target $*"
	rm -rf "$work/root"
	holds "$about: make succeeds" \
	    "$maker" -s "$target" DESTDIR="$work/root" "$@"
	is "$(cd "$work/root" && find . -type f -exec stat -c '%a %n' {} + |
	    sort | tr '\n' ' ')" "$({
		echo "$manuals" | sed 's,^,644 ./,'
		echo "$wanted ./$program"
		echo "755 ./$client"
	} | sort | tr '\n' ' ')" \
	    "$about: files and modes"
	is "$(cmp bpfstatsd "$work/root/$program" &&
	    cmp bpfstatsctl "$work/root/$client")" "" "$about: the programs"
}

for maker in make bmake; do
	installs "$maker" install 755
	installs "$maker" install 4750 BINMODE=4750
	like "$($maker -n install OS=OpenBSD)" \
	    'install -o root -g wheel -m 4755 bpfstatsd' "$maker: OpenBSD"
	like "$($maker -n install OS=OpenBSD BINMODE=0755)" \
	    'install -o root -g wheel -m 0755 bpfstatsd' "$maker: OpenBSD, plain"
	for system in FreeBSD NetBSD DragonFly Darwin; do
		like "$($maker -n install OS=$system)" \
		    'install *-m 0755 bpfstatsd' "$maker: $system"
	done
	# The directory where man(1) of each system looks, by man.conf(5) or
	# manpath(1).
	for where in OpenBSD:man NetBSD:man FreeBSD:share/man \
	    DragonFly:share/man Darwin:share/man Linux:share/man; do
		system=${where%:*}
		is "$($maker -n install OS="$system" |
		    grep -o '/usr/local/[a-z/]*man/man[58]' | sort -u |
		    tr '\n' ' ')" \
		    "/usr/local/${where#*:}/man5 /usr/local/${where#*:}/man8 " \
		    "$maker: $system: path of the manuals"
	done
	holds "$maker uninstall" "$maker" -s uninstall DESTDIR="$work/root"
	is "$(find "$work/root" -type f)" "" "$maker uninstall: no file is left"
done

# The further targets for packages: with the program's path, and an
# administrator's rules file unchanged.
wanted='644 ./etc/bpfstatsd.conf
644 ./usr/lib/systemd/system/bpfstatsd.service
644 ./usr/lib/systemd/system/bpfstatsd@.service
644 ./usr/lib/sysusers.d/bpfstatsd.conf
644 ./usr/share/bash-completion/completions/bpfstatsctl
644 ./usr/share/bash-completion/completions/bpfstatsd
644 ./usr/share/fish/vendor_completions.d/bpfstatsctl.fish
644 ./usr/share/fish/vendor_completions.d/bpfstatsd.fish
644 ./usr/share/zsh/site-functions/_bpfstatsctl
644 ./usr/share/zsh/site-functions/_bpfstatsd'
for maker in make bmake; do
	rm -rf "$work/root"
	set -- -s DESTDIR="$work/root" PREFIX=/usr BINDIR=/opt/bin
	holds "$maker: completions, rules, units" "$maker" "$@" \
	    install-completions install-conf install-systemd
	is "$(cd "$work/root" && find . -type f -exec stat -c '%a %n' {} + |
	    LC_ALL=C sort -k 2)" "$wanted" "$maker: files and modes"
	is "$(sed -n 's/^Exec[^=]*=\(.*bpfstatsd\) .*/\1/p' \
	    "$work/root"/usr/lib/systemd/system/* | sort -u)" \
	    /opt/bin/bpfstatsd "$maker: the units have the program's path"
	echo mine >"$work/root/etc/bpfstatsd.conf"
	"$maker" "$@" install-conf
	is "$(cat "$work/root/etc/bpfstatsd.conf")" mine \
	    "$maker: an existing rules file is kept"
	"$maker" "$@" uninstall
	is "$(cd "$work/root" && find . -type f)" ./etc/bpfstatsd.conf \
	    "$maker: uninstall keeps the rules file"
done

if [ "$(id -u)" -eq 0 ] && : >"$work/try" &&
    setcap cap_bpf=ep "$work/try" 2>/dev/null; then
	installs make install-setcap 755
	like "$(getcap "$work/root/$program")" ' cap_net_raw,cap_bpf=ep$' \
	    "install-setcap: the program's capabilities"
	installs make install-setcap 755 CAPS=cap_net_admin,cap_bpf
	like "$(getcap "$work/root/$program")" ' cap_net_admin,cap_bpf=ep$' \
	    "install-setcap: for firewall log groups"
else
	echo "# This file system has no file capabilities."
fi
# An ordinary user installs into a DESTDIR, also on systems where root would set
# another owner and mode.
if [ "$(id -u)" -eq 0 ]; then
	rm -rf "$work/user" && mkdir "$work/user" && chmod 777 "$work/user"
	chmod 711 "$work"
	for system in Linux OpenBSD; do
		holds "install by an ordinary user, $system" setpriv \
		    --reuid 65534 --regid 65534 --clear-groups \
		    make -s -o all install OS=$system DESTDIR="$work/user/$system"
		is "$(stat -c '%a %u' "$work/user/$system/$program")" \
		    '755 65534' "ordinary user, $system: mode and owner"
	done
fi

# objects: prints the objects that make rebuilds.
objects() {
	make -n all CC=cc | sed -n 's/.* -c -o \([^ ]*\) .*/\1/p' | sort | tr '\n' ' '
}
. tests/lib/copy.sh
copy_sources "$work/copy"
cd "$work/copy" || exit 1
make -s -j2 CFLAGS=-O0 all >/dev/null 2>&1
is "$(objects)" '' 'a second make compiles nothing'
touch src/ctl/rates.h
is "$(objects)" "$(grep -l '^#include "ctl/rates.h"' src/*/*.c src/ctl/*.h |
    sed -n 's/\.c$/.o/p' | sort | tr '\n' ' ')" \
    'a changed header rebuilds the objects that include it'
done_testing
