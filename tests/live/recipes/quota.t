#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# examples/quota: the account of a month, the limit when it is used up, and the
# next month, with a quota of 1 MB and real packets.
. tests/lib/live.sh
own_network "$@"
. tests/lib/recipe.sh

needs nftables nft
needs iputils-ping ping
needs perl perl
needs util-linux flock
recipe_network

listen_udp

file=$work/account
cat >"$work/logger" <<LOGGER
#!/bin/sh
echo "\$*" >>"$work/book"
LOGGER
chmod 755 "$work/logger"
: >"$work/book"
export LOGGER="$work/logger"
said() {
	grep -c "^-p daemon.notice -t quota $1\$" "$work/book" || :
}

# booked: bytes of this month, and whether it was said that they are too many.
booked() {
	cut -d ' ' -f 2,3 "$file" 2>/dev/null
}

# booked_all [bytes]: of what has come the full 64 KB, and those from before.
booked_all() {
	stats
	full=$(($(value bytes) / 65536 * 65536 + ${1:-0}))
	[ "$(booked | cut -d ' ' -f 1)" = "$full" ]
}

used_up() {
	booked | grep -Eq '^1[01][0-9]{5} yes$'
}

limited() {
	nft list chain inet monthly slow | grep -q 'limit rate over'
}

unlimited() {
	! limited
}

# Of packets above the limit.
dropped() {
	nft list chain inet monthly slow |
	    sed -n 's/.*counter packets \([0-9]*\) .*/\1/p'
}

start_rules() {
	rules quota "s/every 1M/every 64K/; s/interval 1s/interval 50ms/
		s/^quota = .*/quota = 1M/; s,^file = .*,file = $file,"
}

program examples/quota/account quota-account
firewall quota
start_rules
far_udp 300
holds 'what has come is booked' until_true 10 booked_all
like "$(booked)" '^[34][0-9]{5} no$' 'it is not too much'
if limited; then not_ok 'no limit'; else ok 'no limit'; fi
far_udp 500
holds 'so is what is too much' until_true 10 booked_all
holds 'it is above the quota' until_true 10 used_up
holds 'there is a limit' limited
far_udp 500
holds 'it drops' [ "$(dropped)" -gt 0 ]
until_true 10 booked_all
is "$(said '20[0-9-]*: the quota of 1048576 bytes is used up')" 1 \
    'that was said once'

nft -f examples/quota/rules.nft
far_udp 100
holds 'a limit that is lost comes back' until_true 10 limited
until_true 10 booked_all
stop

# Commands have the rights for that in a container with no-new-privileges, too.
nft -f examples/quota/rules.nft
old=$(booked | cut -d ' ' -f 1)
WRAP='setpriv --no-new-privs --bounding-set -all,+net_admin,+net_raw,+bpf'
start_rules
far_udp 100
holds 'a new start goes on from there' until_true 10 booked_all "$old"
holds 'no_new_privs: there is a limit again' until_true 10 limited
like "$(booked)" ' yes$' 'above the quota'

# The month is over.
sed 's/^20[0-9]*-[0-9]*/2000-01/' "$file" >"$work/edited"
mv "$work/edited" "$file"
old=$(booked | cut -d ' ' -f 1)
far_udp 100
holds 'no_new_privs: a new month, no limit' until_true 10 unlimited
is "$(said "2000-01: $old bytes")" 1 'the old one is told of'
like "$(cat "$file")" '^20[0-9]{2}-[0-9]{2} [1-9][0-9]{4,5} no$' 'the new one'
stats
is "$failures" 0 'no run has failed'
stop

# Many at once: none is lost.
sed 's/ .*/ 0 no/' "$file" >"$work/edited"
mv "$work/edited" "$file"
for _ in $(seq 20); do
	BPFSTATSD_COUNT=1000 /usr/local/sbin/quota-account 1M "$file" &
	last=$!
	calls="${calls:-} $last"
done
# shellcheck disable=SC2086
wait $calls
is "$(booked)" '20000 no' '20 at once: none is lost'
done_testing
