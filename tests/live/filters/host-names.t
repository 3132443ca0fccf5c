#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Host names in filters: a slow name server, one that never answers, and the
# messages. The test has its own resolver and resolver files.
. tests/lib/live.sh
own_network "$@"

command -v perl >/dev/null || skip_all "needs perl, of the Debian package perl"

servers=
end_all() {
	for process in $servers; do
		kill "$process" 2>/dev/null
	done
	clean_up
}
trap end_all EXIT

# server address seconds: answers each question for an address with 192.0.2.7
# after the delay, or never ("never"), and appends the question to $work/asked.
# shellcheck disable=SC2016
server() {
	perl -MIO::Socket::INET -e '
		my ($address, $late) = @ARGV;
		my $s = IO::Socket::INET->new(LocalAddr => $address,
		    LocalPort => 53, Proto => "udp") or die $@;
		$| = 1;
		print "ready\n";
		while (my $from = $s->recv(my $q, 512)) {
			my $type = unpack("n", substr($q, -4, 2));
			print "asked\n";
			next if $late eq "never";
			next if fork();
			my $n = $type == 1 ? 1 : 0;
			my ($name) = substr($q, 12) =~ /^(.*?\0.{4})/s;
			sleep($late);
			$s->send(substr($q, 0, 2) .
			    pack("nnnnn", 0x8180, 1, $n, 0, 0) . $name .
			    ($n ? pack("nnnNnC4", 0xc00c, 1, 1, 60, 4,
				192, 0, 2, 7) : ""), 0, $from);
			exit;
		}' "$1" "$2" >"$work/server.$2" &
	servers="$servers $!"
	until_true 10 grep -qs ready "$work/server.$2"
}

# resolver address options: makes the daemon use this server only.
resolver() {
	printf 'nameserver %s\noptions %s\n' "$1" "$2" >"$work/resolv.conf"
}

: >"$work/resolv.conf"
echo 'hosts: dns' >"$work/nsswitch.conf"
for file in resolv.conf nsswitch.conf; do
	mount --bind "$work/$file" "/etc/$file" ||
	    skip_all "needs /etc/$file"
done
tests/tools/write_savefile 1000000 2000000 >"$work/file"
server 127.0.0.1 6
server 127.0.0.2 never

# The daemon waits for a name server that takes 6 seconds.
resolver 127.0.0.1 timeout:12
status=0
"$BPFSTATSD" -n -r "$work/file" -e 'not host late.example' >"$work/out" \
    2>"$log" || status=$?
is "$status $(wc -l <"$work/out") $(cat "$log")" '0 2 ' \
    'a slow name server: the filter compiles'

# A server that never answers: libpcap gives up or the daemon's limit ends the
# wait.
resolver 127.0.0.2 'timeout:5 attempts:1'
status=0
"$BPFSTATSD" -i lo -e 'host none.example' true >"$work/out" 2>"$log" ||
    status=$?
is "$status" 1 'no answer: exit 1'
like "$(cat "$log")" \
    "^bpfstatsd: lo: filter: unknown host 'none.example': .* name server ans" \
    'no answer: the message names the cause'
is "$(sed 1d "$log")" '    host none.example
         ^' 'no answer: the message shows the name'

resolver 127.0.0.2 'timeout:30 attempts:2'
status=0
began=$(date +%s)
"$BPFSTATSD" -i lo -e 'host none.example' true >"$work/out" 2>"$log" ||
    status=$?
took=$(($(date +%s) - began))
is "$status" 1 'time limit: exit 1'
holds "time limit: 30 seconds, took $took" [ $took -ge 29 ]
like "$(cat "$log")" 'host name not found within 30 seconds: the name server' \
    'time limit: the message names the reason'

# The message of a crash.
asked() {
	[ "$(grep -c asked "$work/server.never")" -gt "$1" ]
}
before=$(grep -c asked "$work/server.never")
"$BPFSTATSD" -i lo -e 'host none.example' true >"$work/out" 2>"$log" &
daemon=$!
until_true 10 asked "$before"
kill -SEGV "$(children "$daemon" | tr -d ' ')"
ended "$daemon" 5
daemon=
is "$status $(cat "$log")" \
    '1 bpfstatsd: lo: filter: libpcap failed: Segmentation fault' \
    'a crash of libpcap is reported as a crash'

# A signal ends the daemon at once during a lookup.
for signal in TERM INT; do
	before=$(grep -c asked "$work/server.never")
	"$BPFSTATSD" -n -r "$work/file" -e 'host none.example' >"$work/out" \
	    2>"$log" &
	daemon=$!
	until_true 10 asked "$before"
	compiler=$(children "$daemon")
	kill -$signal "$daemon"
	holds "SIG$signal during a lookup ends the daemon" ended "$daemon" 5
	daemon=
	for process in $compiler; do
		holds 'the process that looks up the name ends' \
		    until_true 5 not_running "$process"
	done
done

# The same during a reload.
echo 'rule "a" on lo filter "udp" { every 1 packets run /bin/true }' \
    >"$work/conf"
start -f "$work/conf"
before=$(grep -c asked "$work/server.never")
sed 's/udp/host none.example/' "$work/conf" >"$work/new"
mv "$work/new" "$work/conf"
kill -HUP "$daemon"
until_true 10 asked "$before"
kill -TERM "$daemon"
holds 'SIGTERM during a reload ends the daemon' ended "$daemon" 5
daemon=
done_testing
