#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Recipes whose commands change the firewall, in the systemd unit, set up by the
# commands of the recipe's README: quota and SYN flood with real nftables.
. tests/lib/live.sh
own_network "$@"
. tests/lib/systemd.sh
. tests/lib/recipe.sh

needs nftables nft
needs iputils-ping ping
needs perl perl
needs util-linux flock logger
recipe_network
end_all() {
	end_systemd
	end_recipe
}
trap end_all EXIT
boot_systemd

# unit_lines: prints the lines that the unit suggests for commands of root.
unit_lines() {
	sed -n '/^#	# commands of root/,/^#$/s/^#	\([^#]\)/\1/p' \
	    dist/systemd/bpfstatsd.service
}
recipe_lines() {
	grep -v -e '^#' -e '^\[Service\]$' -e '^Exec' \
	    "examples/$1/unit.conf"
}
# unit_commands recipe: prints the commands in its README under "With systemd".
unit_commands() {
	sed -n '/^## With systemd/,$s/^    # //p' "examples/$1/README.md"
}

quietly() {
	inside "$@" >"$work/out" 2>&1
}

# follow recipe [sed script]: follows the recipe's README, with its rules
# changed by the script.
follow() {
	is "$(recipe_lines "$1")" "$(unit_lines)" \
	    "$1: unit.conf has the lines of the unit for commands of root"
	recipe=/usr/share/doc/bpfstatsd/examples/$1
	mkdir -p "$root$recipe"
	cp "examples/$1"/* "$root$recipe"
	sed -i -e "${2:-}" "$root$recipe/bpfstatsd.conf"
	holds "$1: the commands of its README work" \
	    quietly sh -ec "cd $recipe; $(unit_commands "$1")"
	is "$(asked bpfstatsd ActiveState)" active "$1: the unit is active"
}

# complaints: prints the messages of the daemon and its commands since the last
# start.
complaints() {
	inside journalctl --sync
	inside journalctl -o cat \
	    "_SYSTEMD_INVOCATION_ID=$(asked bpfstatsd InvocationID)" |
	    grep '^[a-z]*: '
}
no_complaint() {
	is "$(complaints)" '' "$1: nothing failed"
}

# Conditions that send packets or read the journal have few tries, because each
# try takes long.

# logged tag pattern: the journal has such a line.
logged() {
	inside journalctl --sync
	inside journalctl -o cat -t "$1" 2>&1 | grep -Eqx "$2"
}

#
# DNS queries: commands without privileges, as the unit's user.
#
cp examples/dns/bpfstatsd.conf "$root/etc/bpfstatsd-dns.conf"
echo 'include "bpfstatsd-dns.conf"' >>"$root/etc/bpfstatsd.conf"
holds 'dns: with "user" the daemon does not start' fails ctl start bpfstatsd
like "$(complaints)" 'nobody: only root can ' 'dns: with "user": the message'
sed -i '/^user /d' "$root/etc/bpfstatsd-dns.conf"
holds 'dns: the daemon starts as the README says' ctl start bpfstatsd
far $bin/flood_udp 192.0.2.2 53 1000 >/dev/null
holds 'dns: the journal has a line' until_true 2 logged _bpfstatsd \
    '1000 DNS queries'
ctl stop bpfstatsd
sed -i '$d' "$root/etc/bpfstatsd.conf"

#
# A SYN flood.
#
blocked() {
	nft list set inet synflood "$1" | grep -qF " $2 "
}
opens='opens too many connections: blocked'

follow synflood 's/calm 10m/calm 10s/; s/interval 1m/interval 1s/'
far_syns 300
if blocked blocked 192.0.2.1; then
	not_ok 'synflood: 300 SYNs block no source'
else
	ok 'synflood: 300 SYNs block no source'
fi
far_syns 600
holds 'synflood: the source of more SYNs is blocked' \
    until_true 10 blocked blocked 192.0.2.1
holds 'synflood: the journal has the source' until_true 2 logged synflood \
    "192.0.2.1 $opens"
ipv6_between
holds 'synflood: IPv6 works before the flood' until_true 10 reachable6
far_syns6 600
holds 'synflood: the source of many IPv6 SYNs is blocked' \
    until_true 10 blocked blocked6 2001:db8::
holds 'synflood: the journal has the IPv6 network' until_true 2 logged \
    synflood "2001:db8::/64 $opens"
holds 'synflood: the calm source is unblocked' until_true 30 reachable
holds 'synflood: the calm IPv6 source is unblocked' until_true 30 reachable6
holds 'synflood: the journal has the calm' until_true 2 logged synflood \
    '192.0.2.1 is calm: unblocked'
far_syns 600
holds 'synflood: another flood blocks the source again' \
    until_true 10 blocked blocked 192.0.2.1
no_complaint synflood
ctl stop bpfstatsd
holds 'synflood: the end of the unit unblocks the source' reachable

#
# A month's quota, with the same daemon.
#
account=$root/var/lib/bpfstatsd/quota-eth0
used_up() {
	grep -Eqx '20[0-9]{2}-[0-9]{2} [0-9]{7} yes' "$account" 2>/dev/null
}
has_dropped() {
	far_udp 100
	[ "$(dropped)" -gt 0 ]
}
comes_back() {
	far_udp 100
	limited
}
has_account() {
	[ -s "$account" ]
}

listen_udp
follow quota "$small_quota"
is "$(inside bpfstatsctl | cut -d ' ' -f 1 | sort -u |
    grep -cx -e quota -e synflood)" 2 'quota: both recipes count'
far_udp 300
holds 'quota: traffic is booked' until_true 10 has_account
holds 'quota: no rate limit yet' unlimited
far_udp 500
holds 'quota: the quota is used up' until_true 10 used_up
holds 'quota: the rate limit is set' until_true 10 limited
holds 'quota: the rate limit drops packets' until_true 2 has_dropped
holds 'quota: the journal has the message' until_true 2 logged quota \
    '20[0-9-]*: the quota of 1048576 bytes is used up'
no_complaint quota
ctl restart bpfstatsd
holds 'quota: the rate limit returns after a restart' until_true 2 comes_back
flock "$account.lock" sed -i 's/^20[0-9]*-[0-9]*/2000-01/' "$account"
far_udp 100
holds 'quota: a new month has no rate limit' until_true 10 unlimited
no_complaint 'quota, started again'
holds 'the unit stops' ctl stop bpfstatsd
is "$(asked bpfstatsd Result)" success 'the unit stopped without an error'
done_testing
