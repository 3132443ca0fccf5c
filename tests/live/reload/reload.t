#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# SIGHUP reads the rules file again; unchanged rules continue, and no packet is
# missed.
. tests/lib/live.sh
own_network "$@"

reloads=$(size 50 200 1000)
. tests/lib/reload.sh

without_bpf="setpriv --bounding-set -bpf,-sys_admin"

shared="rule shared on v1 { every 1000 packets run \"$nothing\" }"
one="rule one on v1 in filter \"tcp\" { every 7 packets run \"$nothing\" }"
two="rule two on v1 in { every 3 packets run \"$nothing\"; idle 1h run true }"

# refused text pattern description: the reload is refused, and the old rules
# continue.
refused() {
	put "$1"
	reload 'reload: failed'
	like "$(cat "$log")" "$2" "$3: the message"
	before=$(about shared)
	$bin/flood v0 1000 >/dev/null
	holds "$3: the old rules count" until_true 10 counted shared \
	    "$((${before% *} + 1000)) $((${before% *} / 1000 + 1))"
}

put "$shared
$one"
start -f "$rules"
$bin/flood v0 2500 >/dev/null
holds "both rules count at first" until_true 10 counted shared "2500 2"
put "$two
$shared"
holds "a changed file is read" reload
like "$(tail -n 1 "$log")" 'reload: rules 2: 1 added, 1 removed, 0 changed, 1 unchanged' \
    "the log has the number of unchanged rules"
like "$(cat "$log")" 'two: counting, every 3 packets' "the new rule is logged"
$bin/flood v0 600 >/dev/null
holds "an unchanged rule continues with its remainder" \
    until_true 10 counted shared "3100 3"
holds "a new rule begins" until_true 10 counted two "600 200"
ask_for_stats
is "$(tail -n 2 "$log" | grep -c 'one: packets')" 0 \
    "a removed rule has no statistics"

until_true 10 alone
first=$(things)
refused "$shared
rule bad on v1 { every 0 packets run true }" "$rules:2: \"0\"" "an error"
refused "$shared
rule bad on v9 { every 1 packet run true }" "v9: .*no such interface" \
    "no such interface"
refused "$shared
rule bad on v1 { every 1 packet run /nowhere }" "/nowhere: cannot execute" \
    "no such command"
refused "user nobody
$shared" "user: cannot change on reload; restart bpfstatsd" "another user"
refused "socket \"$work/sock\"
$shared" "socket: cannot change on reload; restart bpfstatsd" "a socket"
holds "a socket: the socket is not created" [ ! -e "$work/sock" ]
refused "" "$rules: no rules" "no rule"
rm "$rules"
before=$(about shared)
reload 'reload: failed'
like "$(cat "$log")" "$rules: No such file" "no file: the message"
mkfifo "$rules"
reload 'reload: failed'
like "$(cat "$log")" "$rules: not a regular file" "a FIFO: the message"
rm "$rules"
refused "$shared
rule bad on v1 { every 0 packets run true }" "$rules:2: \"0\"" "after a FIFO"
is "$(things)" "$first" "refused reloads change no descriptor or process"

# Running commands.
put "$shared
rule stays on v1 filter \"tcp\" { every 1 packet run sleep 1000 }
rule goes on v1 filter \"tcp\" { every 1 packet run sleep 2000 }"
reload
$bin/flood v0 1 0 9000 >/dev/null
runs_of() {
	# shellcheck disable=SC2009
	[ "$(ps -o args= --ppid "$daemon" | grep -c "^sleep $1")" -eq "$2" ]
}
holds "both commands run" until_true 10 runs_of 2000 1
until_true 10 runs_of 1000 1
put "rule stays on v1 filter \"tcp\" { every 1 packet run sleep 1000 }
$shared"
reload
holds "the command of a removed rule is ended" \
    until_true 10 runs_of 2000 0
holds "the command of an unchanged rule continues" runs_of 1000 1
# shellcheck disable=SC2009
kill "$(ps -o pid=,args= --ppid "$daemon" | sed -n 's/ *\([0-9]*\) sleep.*/\1/p')"
until_true 10 runs_of 1000 0
$bin/flood v0 1 0 9000 >/dev/null
holds "its next packet starts the command again" until_true 10 runs_of 1000 1
put "$shared
$one"
reload
stop
is "$status" 0 "running commands: exit 0"

# flooded mode: reloads during a flood miss no packet.
flooded() {
	put "$shared
$one"
	start -f "$rules"
	put "$two
$shared"
	reload
	put "$shared
$one"
	reload
	holds "$1: one watcher is left" until_true 10 alone
	first=$(things)
	memory >"$work/first"
	mkfifo "$work/sent"
	{ while [ ! -e "$work/enough" ]; do
		$bin/flood v0 20000
	done; } >"$work/floods" &
	sender=$!
	i=0
	while [ "$i" -lt "$reloads" ]; do
		put "$two
$shared"
		reload || break
		put "$shared
$one"
		reload || break
		i=$((i + 2))
	done
	touch "$work/enough"
	wait "$sender"
	is "$i" "$reloads" "$1: $reloads reloads during a flood"
	sent=$(awk '{ n += $2 } END { print n }' "$work/floods")
	holds "$1: $sent packets are counted" until_true 20 \
	    counted shared "$sent $((sent / 1000))"
	echo "# sent $sent, counted and events $(about shared)"
	until_true 10 alone
	until_true 5 no_more_things
	is "$(things)" "$first" "$1: descriptors and processes do not grow"
	if ldd "$BPFSTATSD" | grep -q libasan; then
		ok "$1: memory # SKIP the sanitizer keeps what is freed"
	else
		memory >"$work/last"
		# shellcheck disable=SC2016
		holds "$1: memory grows by 200 KB at most" awk '
			NR == FNR { was[FNR] = $1; next }
			$1 > was[FNR] + 200 { exit 1 }' \
		    "$work/first" "$work/last"
	fi
	# Several SIGHUPs at once: the last file is used.
	put "$two
$shared"
	for i in 1 2 3 4 5 6 7 8 9; do
		kill -HUP "$daemon"
	done
	holds "$1: many SIGHUPs at once" until_true 10 counted two "0 0"
	stop
	is "$status" 0 "$1: exit 0"
	rm -f "$work/enough" "$work/sent"
}

flooded extended
WRAP=$without_bpf
two="rule two on v1 in { every 3 packets run \"$nothing\" }"
flooded classic
WRAP=

# A reload with more rules needs more descriptors; commands keep their own
# limit.
put "rule p0 on v1 filter \"udp port 9000\" { every 1000 packets run sh -c \"ulimit -n >$work/limit\" }"
WRAP="prlimit --nofile=256:"
start -f "$rules"
put "$(cat "$rules"
for k in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 \
    21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 \
    41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60; do
	echo "rule p$k on v1 filter \"udp port $((9000 + k))\" { every 1000 packets run true }"
done)"
holds "a reload adds sixty rules" reload
$bin/flood_ports v0 300000 9000 61 >"$work/ports"
holds "the added rules count" until_true 10 counted p60 \
    "$(awk '$1 == 9060 { print $2, int($2 / 1000) }' "$work/ports")"
holds "the command has its own limit of descriptors" \
    until_true 10 grep -qx 256 "$work/limit"
kill -TERM "$daemon"
holds "sixty rules: the daemon ends" ended "$daemon" 40
is "$status $(lines leaving)" "0 0" \
    "sixty rules: exit 0, no process left behind"
daemon=
WRAP=

# An interface disappears and returns during reloads.
put "$shared"
start -f "$rules"
total=0
back() {
	[ "$(lines 'v1: the interface is back')" -gt "$i" ]
}
i=0
while [ "$i" -lt 10 ]; do
	ip link del v0
	reload
	ip link add v0 type veth peer name v1
	kill -HUP "$daemon"
	ip link set v0 up
	ip link set v1 up
	until_true 10 grep -q up /sys/class/net/v1/operstate
	until_true 10 back
	$bin/flood v0 300 >/dev/null
	total=$((total + 300))
	i=$((i + 1))
done
holds "an interface that comes and goes during reloads" until_true 10 \
    counted shared "$total $((total / 1000))"
opener=$(children "$daemon" | tr ' ' '\n' | head -n 1)
watcher=$(children "$opener" | tr ' ' '\n' | head -n 1)
kill -KILL "$opener"
ended "$daemon" 10
is "$status" 1 "without its opener the daemon ends"
holds "without the opener the watcher ends" until_true 5 gone "$watcher"
daemon=

# numbers rule: prints its events, runs and failures from the last statistics.
numbers() {
	sed -n "s/^bpfstatsd: $1: .* events \([0-9]*\), runs \([0-9]*\), failures \([0-9]*\),.*/\1 \2 \3/p" \
	    "$log" | tail -n 1
}

has_run() {
	ask_for_stats && sleep 0.05 && [ "$(numbers "$1")" = "$2" ]
}

# reload_often number rule: reloads with other rules before or after the rule,
# in turn.
reload_often() {
	i=0
	while [ "$i" -lt "$1" ]; do
		put "$two
$2"
		reload || return 1
		put "$2
$shared"
		reload || return 1
		i=$((i + 2))
	done
}

# Commands that crash or cannot start, during reloads.
printf '#!/bin/sh\nkill -SEGV $$\n' >"$work/crash"
printf '#!/bin/sh\n' >"$work/fails"
chmod 755 "$work/crash" "$work/fails"
crash="rule crash on v1 filter \"udp dst port 9000\" {
	every 1 packet run \"$work/crash\" busy queue
}"
fails="rule fails on v1 filter \"udp dst port 9000\" {
	every 1 packet run \"$work/fails\" busy queue
}"
put "$crash"
start -f "$rules"
$bin/flood_ports v0 300 9000 1 >/dev/null
holds "reloads while commands crash" reload_often 30 "$crash"
holds "crashing commands: one failed run for each event" \
    until_true 20 has_run crash "300 300 300"
is "$(lines 'crash: .*: exit signal 11 .* after')" 300 \
    "crashing commands: each run is logged"
put "$fails"
reload
mv "$work/fails" "$work/away"
$bin/flood_ports v0 10 9000 1 >/dev/null
holds "reloads while a command cannot be started" reload_often 20 "$fails"
mv "$work/away" "$work/fails"
ran_ten() {
	ask_for_stats && sleep 0.05 && numbers fails | grep -q '^10 10 '
}
holds "a command that could not start: one run for each event" \
    until_true 20 ran_ten
is "$(lines 'fails: .*: exit 0 after')" 10 \
    "a command that could not start: each run is logged"
stop

# The kernel gives a log group to one program only.
if command -v nft >/dev/null && nft -f - 2>"$work/nft" <<-RULES; then
	table inet filter {
		chain input {
			type filter hook input priority filter
			udp dport 9001 log group 5 drop
		}
	}
RULES
	logged="rule logged on nflog:5 { every 2 packets run \"$nothing\" }"
	for WRAP in '' "$without_bpf"; do
		put "$logged"
		start -f "$rules"
		$bin/flood_udp 127.0.0.1 9001 1001 >/dev/null
		put "$shared
$logged"
		holds "log group${WRAP:+, classic}: an unchanged rule continues" \
		    reload
		$bin/flood_udp 127.0.0.1 9001 1001 >/dev/null
		holds "log group: no packet is missed" \
		    until_true 10 counted logged "2002 1001"
		put "$shared
rule sizes on nflog:5 { every 1K bytes run true }"
		reload 'reload: failed'
		like "$(tail -n 2 "$log")" \
		    'nflog:5: byte counts or times cannot be added on reload; ' \
		    "log group: adding byte counts is refused"
		put "$shared
rule other on nflog:5 { every 3 packets run true }"
		reload
		$bin/flood_udp 127.0.0.1 9001 300 >/dev/null
		holds "log group: another rule can use the group" \
		    until_true 10 counted other "2302 100"
		put "$shared"
		reload
		until_true 10 alone
		status=0
		timeout 1 "$BPFSTATSD" -i nflog:5 true 2>"$work/other" || status=$?
		is "$status $(grep -c 'another program' "$work/other")" "124 0" \
		    "log group: another program can use a released group"
		put "$logged
$shared"
		holds "log group: a reload opens the group again" reload
		$bin/flood_udp 127.0.0.1 9001 100 >/dev/null
		holds "log group: the new rule counts from zero" \
		    until_true 10 counted logged "100 50"
		stop
	done
	WRAP=
	nft flush ruleset
else
	ok "log groups # SKIP $(head -n 1 "$work/nft")"
fi

# Interfaces that do not exist yet, included files, relative names.
BPFSTATSD=$(realpath "$BPFSTATSD")
WRAP="env -C $work"
put 'include more'
echo "$shared" >"$work/more"
start -w -f rules
echo 'rule late on v7 { every 1 packet run true busy queue }' >>"$work/more"
holds "included files are read, relative to the working directory" reload
ip link add v6 type veth peer name v7
ip link set v6 up
ip link set v7 up
until_true 10 grep -q 'v7: the interface has appeared' "$log"
until_true 10 grep -q up /sys/class/net/v7/operstate
$bin/flood v6 5 >/dev/null
holds "an interface that appears later" until_true 10 counted late "5 5"
rm "$work/more"
reload 'reload: failed'
like "$(cat "$log")" 'rules:1: include more: No such file' "no file to include"
stop
WRAP=

# SIGHUP during the start.
put "$shared
$one"
: >"$log"
"$BPFSTATSD" -v -f "$rules" 2>"$log" &
daemon=$!
until_true 10 grep -q ': counting' "$log"
kill -HUP "$daemon"
holds "SIGHUP during the start causes a reload" \
    until_true 10 grep -q 'reload: rules 2: .* 2 unchanged' "$log"
is "$(sed -n '$=' "$log") $(tail -n 1 "$log" | grep -c reload:)" "3 1" \
    "the reload comes after the start"
stop
is "$status" 0 "SIGHUP during the start: exit 0"

put "$shared"
"$BPFSTATSD" -v -f - <"$rules" 2>"$log" &
daemon=$!
until_true 10 grep -q 'shared: counting' "$log"
reload 'reload: not available'
stop
is "$status" 0 \
    "rules from standard input cannot be reloaded, and the log says so"
# Options of the command line override the file, as at the start.
put "$shared"
start -u root -s "$work/sock" -f "$rules"
put "user daemon
socket \"$work/other\"
$shared"
holds "with -u and -s, a reload accepts another user and socket in the file" \
    reload
stop

done_testing
