#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# examples/quota: the account of a month, the rate limit when the quota is used
# up, and the next month; with a quota of 1 MB and real packets.
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

# booked: prints the bytes of this month, and "yes" if the quota's end was
# logged.
booked() {
	cut -d ' ' -f 2,3 "$file" 2>/dev/null
}

# booked_all [bytes]: the account has each full 64 KB of the traffic, and the
# bytes from before.
booked_all() {
	stats
	full=$(($(value bytes) / 65536 * 65536 + ${1:-0}))
	[ "$(booked | cut -d ' ' -f 1)" = "$full" ]
}

used_up() {
	booked | grep -Eq '^1[01][0-9]{5} yes$'
}

start_rules() {
	rules quota "$small_quota; s,^file = .*,file = $file,"
}

program examples/quota/account quota-account
firewall quota
start_rules
far_udp 300
holds 'traffic is booked' until_true 10 booked_all
like "$(booked)" '^[34][0-9]{5} no$' 'the quota is not used up'
if limited; then not_ok 'no rate limit'; else ok 'no rate limit'; fi
far_udp 500
holds 'traffic above the quota is booked' until_true 10 booked_all
holds 'the quota is used up' until_true 10 used_up
holds 'the rate limit is set' limited
far_udp 500
holds 'the rate limit drops packets' [ "$(dropped)" -gt 0 ]
until_true 10 booked_all
is "$(said '20[0-9-]*: the quota of 1048576 bytes is used up')" 1 \
    'the end of the quota was logged once'

nft -f examples/quota/rules.nft
far_udp 100
holds 'a lost rate limit is set again' until_true 10 limited
until_true 10 booked_all
stop

# Commands keep the capability they need in a container with no-new-privileges.
nft -f examples/quota/rules.nft
old=$(booked | cut -d ' ' -f 1)
WRAP='setpriv --no-new-privs --bounding-set -all,+net_admin,+net_raw,+bpf'
start_rules
far_udp 100
holds 'no_new_privs: a restarted daemon continues the account' until_true 10 booked_all "$old"
holds 'no_new_privs: the rate limit is set again' until_true 10 limited
like "$(booked)" ' yes$' 'no_new_privs: the account is above the quota'

# The next month.
sed 's/^20[0-9]*-[0-9]*/2000-01/' "$file" >"$work/edited"
mv "$work/edited" "$file"
old=$(booked | cut -d ' ' -f 1)
far_udp 100
holds 'no_new_privs: a new month has no rate limit' until_true 10 unlimited
is "$(said "2000-01: $old bytes")" 1 'the sum of the old month is logged'
like "$(cat "$file")" '^20[0-9]{2}-[0-9]{2} [1-9][0-9]{4,5} no$' \
    'the account of the new month'
stats
is "$failures" 0 'no run failed'
stop

# Concurrent calls lose no bytes.
sed 's/ .*/ 0 no/' "$file" >"$work/edited"
mv "$work/edited" "$file"
for _ in $(seq 20); do
	BPFSTATSD_COUNT=1000 /usr/local/sbin/quota-account 1M "$file" &
	last=$!
	calls="${calls:-} $last"
done
# shellcheck disable=SC2086
wait $calls
is "$(booked)" '20000 no' '20 calls at once lose no bytes'
done_testing
