# For the tests of recipes: the daemon's machine has the interface eth0,
# 192.0.2.2, and at the other end is another machine, 192.0.2.1.  To be read
# by ". tests/lib/recipe.sh" after tests/lib/live.sh.
# shellcheck shell=sh disable=SC2034,SC2154

far=''
servers=''
daemon_program=$BPFSTATSD

# needs package program ...: or the whole test is skipped.
needs() {
	package=$1
	shift
	for part; do
		command -v "$part" >/dev/null ||
		    skip_all "needs $part, of the Debian package $package"
	done
}

# far command ...: on the other machine.
far() {
	nsenter -t "$far" -n -- "$@"
}

in_its_network() {
	[ "$(readlink /proc/"$far"/ns/net)" != \
	    "$(readlink /proc/self/ns/net)" ]
}

reachable() {
	far ping -q -c 1 -W 1 192.0.2.2 >/dev/null
}

end_recipe() {
	for process in $servers $far; do
		kill "$process" 2>/dev/null
	done
	clean_up
}

# After own_network.
recipe_network() {
	unshare --net sleep 1000 &
	far=$!
	trap end_recipe EXIT
	until_true 5 in_its_network
	ip link set v0 netns "$far"
	far ip addr add 192.0.2.1/24 dev v0
	far ip link set v0 up
	ip link set v1 down
	ip link set v1 name eth0
	ip addr add 192.0.2.2/24 dev eth0
	ip link set eth0 up
	holds "the machines reach each other" until_true 10 reachable
}

# program file name: as the recipe's head says, to /usr/local/sbin, which is
# this test's own.
program() {
	[ -e /usr/local/sbin/.recipe ] || {
		mount -t tmpfs tmpfs /usr/local/sbin
		: >/usr/local/sbin/.recipe
	}
	install -m 755 "$1" "/usr/local/sbin/$2"
}

# firewall recipe: with its rules, loaded twice, as once should do.
firewall() {
	for _ in 1 2; do
		nft -f "examples/$1/rules.nft" 2>"$work/rule" ||
		    skip_all "needs nftables: $(head -n 1 "$work/rule")"
	done
}

counts_all() {
	[ "$(lines ': counting')" -ge "$triggers" ]
}

# rules recipe [sed script]: starts the daemon with its rules file, which the
# script may have changed, and waits until each trigger counts.
rules() {
	sed -e "${2:-}" "examples/$1/bpfstatsd.conf" >"$work/conf"
	BPFSTATSD=$daemon_program
	triggers=$("$BPFSTATSD" -nv -f "$work/conf" | grep -c '^	')
	is "$("$BPFSTATSD" -n -f "examples/$1/bpfstatsd.conf" 2>&1)" '' \
	    "$1: the file has no error"
	start -f "$work/conf" || not_ok "$1 starts"
	until_true 10 counts_all || not_ok "$1: all counts" "$(cat "$log")"
}

# statistics rule: as "packets events runs failures", or nothing yet.
statistics() {
	sed -n "s/^bpfstatsd: $1: packets \([0-9]*\),.* events \([0-9]*\),\
 runs \([0-9]*\), failures \([0-9]*\),.*/\1 \2 \3 \4/p" "$log" | tail -n 1
}
