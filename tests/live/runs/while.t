#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A rule with while: the command runs as long as packets come. A real server is
# started and stopped repeatedly; small commands show the special cases.
. tests/lib/live.sh
own_network "$@"
. tests/lib/recipe.sh
. tests/lib/book.sh

needs nginx nginx
needs nftables nft
needs curl curl
needs procps pgrep
needs iputils-ping ping
recipe_network

# far_packet: a frame from the other machine.
far_packet() {
	far "$PWD/$bin/flood" v0 1 >/dev/null
}

# Five real servers, each with a port and a rule of its own.
ports='8001 8002 8003 8004 8005'
chmod 755 "$work"
mkdir "$work/www"
echo 'the page' >"$work/www/index.html"
for port in $ports; do
	cat >"$work/nginx.$port" <<-CONF
	user nobody nogroup;
	worker_processes 1;
	pid $work/pid.$port;
	error_log $work/error.log;
	events { }
	http {
		access_log off;
		client_body_temp_path $work/body.$port;
		proxy_temp_path $work/proxy.$port;
		fastcgi_temp_path $work/fastcgi.$port;
		uwsgi_temp_path $work/uwsgi.$port;
		scgi_temp_path $work/scgi.$port;
		server {
			listen $port;
			root $work/www;
		}
	}
	CONF
done

# one_rule port: prints a rule.  The client's second SYN comes after a second,
# so the silence is longer.
one_rule() {
	cat <<-RULE
	rule "server $1" on eth0 in filter "tcp dst port $1" {
		while 1200ms run nginx -c "$work/nginx.$1" -g "daemon off;"
		    signal QUIT interval 10ms
	}
	RULE
}

# pages: opens a connection to each server and prints how many got the page.
pages() {
	calls=
	for port in $ports; do
		far curl -sS -m 30 "http://192.0.2.2:$port/" \
		    >"$work/got.$port" 2>&1 &
		calls="$calls $!"
	done
	# shellcheck disable=SC2086
	wait $calls
	cat "$work"/got.* | grep -c '^the page$'
}

no_server() {
	! pgrep -f "$work/nginx" >/dev/null
}

sed 's/sport 80/sport 8001-8005/' examples/ondemand/rules.nft | nft -f - ||
    skip_all "needs nftables"
begin <<RULES
$(for port in $ports; do one_rule "$port"; done)
RULES
rounds=$(size 2 40)
got=0
stopped=0
for round in $(seq "$rounds"); do
	got=$((got + $(pages)))
	until_true 20 lines_reach 'server .*: exit 0 after' $((5 * round)) &&
	    until_true 5 at_rest && stopped=$((stopped + 5))
done
all=$((5 * rounds))
is "$got" "$all" "nginx: each first connection gets the page"
is "$stopped" "$all" "nginx: each silence ends the server"
is "$(lines 'server .*: while .*: pid [0-9]* started')" "$all" \
    "nginx: one start for each round"
stop
is "$status" 0 "nginx: SIGTERM: exit 0"
holds "nginx: no process is left" no_server
nft delete table inet ondemand

# A command that ends by itself while packets come.
begin <<RULES
rule "w" on eth0 in {
	while 10s run "$PWD/$bin/timestamp" "$book" interval 400ms
}
RULES
packets_until_three() {
	far_packet
	book_has 3
}
holds "ends by itself: a packet starts it again" \
    until_true 10 packets_until_three
# The command reads the clock itself, possibly late.
for i in 1 2; do
	holds "ends by itself: $(apart $i $((i + 1))) ms to start $((i + 1))" \
	    [ "$(apart $i $((i + 1)))" -ge 350 ]
done
stop

# A packet while the command is being ended, which takes until the file exists.
cat >"$work/slow" <<'SLOW'
ulimit -c 0
leave() {
	echo "ending $1" >>"$book"
	until [ -e "$book.end" ]; do sleep 0.02; done
	echo ended >>"$book"
	exit 0
}
book=$1
trap 'leave QUIT' QUIT
trap 'leave TERM' TERM
echo started >>"$book"
while :; do sleep 0.02; done
SLOW
begin <<RULES
rule "w" on eth0 in {
	while 300ms run sh "$work/slow" "$book" signal QUIT
}
RULES
far_packet
until_true 10 book_has 2
is "$(tail -n 1 "$book")" 'ending QUIT' "the silence sends the rule's signal"
far_packet
until_true 5 stats_reach packets 2
is "$(wc -l <"$book")" 2 "while it ends: a packet starts no second command"
: >"$book.end"
holds "while it ends: the packet starts it anew afterwards" \
    until_true 10 book_has 4
is "$(sed -n '3,4p' "$book" | tr '\n' ' ')" 'ended started ' \
    "while it ends: first the end, then the start"
holds "the silence ends the new run too" until_true 10 book_has 6
stop

# A command that fails to start: each packet tries again.
ln -s /bin/sh "$work/shell"
printf '#!%s\n' "$work/shell" >"$work/script"
chmod 755 "$work/script"
begin <<RULES
rule "w" on eth0 in { while 10s run "$work/script" interval 100ms }
RULES
rm "$work/shell"
failed_thrice() {
	far_packet
	stats && [ "$failures" -ge 3 ]
}
holds "fails to start: packets try again" until_true 10 failed_thrice
stop

done_testing
