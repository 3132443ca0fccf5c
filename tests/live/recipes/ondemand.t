#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# examples/ondemand: one call of curl gets its page from an nginx that did not
# run; nginx is started once and stopped when unused.
. tests/lib/live.sh
own_network "$@"
. tests/lib/recipe.sh

needs nginx nginx
needs nftables nft
needs curl curl
needs procps pgrep
needs iputils-ping ping
recipe_network

# The configuration belongs to the site, as /etc/nginx/nginx.conf does.
chmod 755 "$work"
mkdir "$work/www"
echo 'the page' >"$work/www/index.html"
cat >"$work/nginx.conf" <<CONF
user nobody nogroup;
worker_processes 2;
pid $work/nginx.pid;
error_log $work/error.log;
events { }
http {
	access_log $work/access.log;
	client_body_temp_path $work/body;
	proxy_temp_path $work/proxy;
	fastcgi_temp_path $work/fastcgi;
	uwsgi_temp_path $work/uwsgi;
	scgi_temp_path $work/scgi;
	server {
		listen 80;
		root $work/www;
	}
}
CONF

# get: one call, without curl's retries.
get() {
	far curl -sS -m 30 http://192.0.2.2/
}

started() {
	lines 'server: while 3s: pid [0-9]* started'
}

# servers_are number: the given number of servers started by the daemon run.
servers_are() {
	[ "$(pgrep -c -x -P "$daemon" nginx)" -eq "$1" ]
}

# many number: makes the given number of calls at once and prints how many got
# the page.
many() {
	calls=
	for i in $(seq "$1"); do
		get >"$work/got.$i" 2>&1 &
		calls="$calls $!"
	done
	# shellcheck disable=SC2086
	wait $calls
	cat "$work"/got.* | grep -c '^the page$'
	rm -f "$work"/got.*
}

firewall ondemand
rules ondemand "s,^conf = .*,conf = $work/nginx.conf,; s/ 15m / 3s /"

holds 'no server runs' servers_are 0
is "$(get 2>&1)" 'the page' 'a single call gets the page'
is "$(started)" 1 'the server was started once'
holds 'the server runs' servers_are 1
is "$(many 10)" 10 '10 more calls at once get the page'
is "$(started)" 1 'the same server still runs'
holds 'the unused server is stopped' until_true 20 servers_are 0
holds 'the server exits with 0' until_true 5 grep -q 'server: .*: exit 0 after' "$log"

is "$(many 10)" 10 '10 calls at once without a server get the page'
is "$(started)" 2 'the server was started once more'
kill -TERM "$(cat "$work/nginx.pid")"
until_true 10 servers_are 0
is "$(get 2>&1)" 'the page' 'a call after the server was killed gets the page'
is "$(started)" 3 'the server was started for that call'

server=$(pgrep -x -P "$daemon" nginx)
stop
is "$status" 0 'SIGTERM: exit 0'
holds 'the server ends with the daemon' until_true 5 gone "$server"
done_testing
