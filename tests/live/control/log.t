#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Log destinations: text lines, JSON objects, or syslog, whose reader may be
# slow, hang or be missing.
. tests/lib/live.sh
own_network "$@"

# each expression: evaluates the Python expression for each line of the log as
# an object "o" and prints results that are not empty; fails for a line that is
# not JSON.
each() {
	python3 -c '
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    if not line.endswith("\n") or len(line) > 1024:
        sys.exit("a line of " + str(len(line)))
    o = json.loads(line)
    value = eval(sys.argv[2])
    if value:
        print(value)
' "$log" "$1" 2>&1
}

# One line of a run has all facts.

cat >"$work/rules" <<'RULES'
rule 'a "b" \ c' on v1 { every 3 packets run "sh" "-c" "exit 3" }
rule size on v1 { every 100 bytes run sh -c 'kill -9 $$' busy queue }
RULES
start -f "$work/rules"
$bin/flood v0 3 >/dev/null
until_true 5 grep -q ' exit signal' "$log"
until_true 5 grep -q ' exit 3 after' "$log"
like "$(cat "$log")" \
    '^bpfstatsd: a "b" \\ c: every 3 packets: pid [0-9]+: exit 3 after [0-9]+ us: events 1, packets 3, total 3$' \
    "a run in one line: rule, trigger, pid, status, duration, counts"
stop

# JSON.

# json_start ...: starts the daemon and waits until it counts.
json_start() {
	: >"$log"
	# shellcheck disable=SC2086
	${WRAP:-} "$BPFSTATSD" -v -l json "$@" >"$work/out" 2>"$log" &
	daemon=$!
	until_true 10 grep -q ': counting' "$log"
}

warned() {
	[ "$(lines '"warning"')" -ge "$1" ]
}

before=$(date -u +%Y-%m-%dT%H:%M:%S)
json_start -f "$work/rules"
$bin/flood v0 3 >/dev/null
until_true 5 grep -q '"signal 9"' "$log"
until_true 5 grep -q '"status":3' "$log"
kill -USR1 "$daemon"
until_true 5 grep -q '"wakeups"' "$log"
sleep 300 &
kill -TERM "$daemon"
holds "json: SIGTERM ends the daemon" ended "$daemon" 10
daemon=
after=$(date -u +%Y-%m-%dT%H:%M:%S)
kill $!
is "$(each 'not (o["time"][:19] >= "'"$before"'" and o["time"][:19] <= "'"$after"'" and len(o["time"]) == 24 and o["time"].endswith("Z"))')" \
    "" "json: every line has its time"
is "$(each 'set(o) >= {"level", "message"}' | sort -u)" True \
    "json: every line has a level and a message"
is "$(each 'o["level"]' | sort -u | tr '\n' ' ')" "debug info " \
    "json: the levels"
is "$(each '"pid" in o and "status" not in o and o["rule"] != "size" and [o[x] for x in ("rule", "interface", "event", "events", "count", "total", "level")]')" \
    "['a \"b\" \\\\ c', 'v1', 'every', 1, 3, 3, 'debug']" "json: the start of a run"
is "$(each 'o.get("status") == 3 and o["level"] == "debug" and 0 < o["duration"] < 60 and [o[x] for x in ("rule", "event", "events", "count", "total")]')" \
    "['a \"b\" \\\\ c', 'every', 1, 3, 3]" "json: the end of a run"
is "$(each '"pid" in o and o.get("status") == "signal 9" and o["rule"]')" \
    "size" "json: the end of a run by a signal"
is "$(each '"wakeups" in o and [o[x] for x in ("rule", "interface", "packets", "events", "failures", "level")] + [o.get("bytes", 0) > 0]')" \
    "['a \"b\" \\\\ c', 'v1', 3, 1, 1, 'info', False]
['size', 'v1', 3, 1, 1, 'info', True]" "json: statistics"

# Without -v the log has warnings only.
"$BPFSTATSD" -l json -f "$work/rules" 2>"$log" &
daemon=$!
until_true 10 tapped
$bin/flood v0 3 >/dev/null
until_true 5 warned 2
is "$(each '[o["level"], o["rule"], o["status"]]' | sort)" \
    "['warning', 'a \"b\" \\\\ c', 3]
['warning', 'size', 'signal 9']" "json: warnings of failures"
kill -TERM "$daemon"
ended "$daemon" 10
daemon=

# Bytes that are not UTF-8 and control characters are escaped.
mkdir "$work/odd"
odd=$work/odd/$(printf 'a\377\303\244"\t\nb')
cp /bin/true "$odd"
json_start -i v1 "$odd"
chmod 000 "$odd"
rm -f "$odd"
$bin/flood v0 1 >/dev/null
until_true 5 grep -q 'cannot start: ' "$log"
is "$(each '"cannot start: " in o["message"] and o["message"].split("/")[-1].split(":")[0]')" \
    "$(printf 'a\357\277\275\303\244"\t\nb')" "json: arbitrary bytes are escaped"
kill -TERM "$daemon"
ended "$daemon" 10
daemon=

# Syslog.

mkdir "$work/dev"
mount -t tmpfs tmpfs "$work/dev"
for device in null urandom zero full; do
	cp -a "/dev/$device" "$work/dev"
done
mount --move "$work/dev" /dev
got=$work/syslog

# reader count: prints the messages it receives; stops reading after the given
# number.
reader() {
	perl -MIO::Socket::UNIX -e '
		unlink "/dev/log";
		my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
		    Local => "/dev/log") or die "$!";
		chmod 0666, "/dev/log";
		$| = 1;
		while ($ARGV[0]-- > 0) {
			$s->recv(my $line, 4096);
			print "$line\n";
		}
		sleep 300' "$1" >"$got" &
	reader=$!
	until_true 5 [ -S /dev/log ]
}

# said text: syslog has received the text.
said() {
	grep -q -- "$1" "$got"
}

# log_start arguments ...: starts the daemon and waits for the first run.
log_start() {
	"$BPFSTATSD" -l syslog -v "$@" >"$work/out" 2>"$log" &
	daemon=$!
	until_true 10 tapped
}

ran() {
	$bin/flood v0 1 >/dev/null
	[ "$(wc -l <"$work/out")" -ge "$1" ]
}

reader 1000
log_start -i v1 echo run
holds "syslog: the daemon counts" until_true 5 said ': counting'
holds "syslog: a command runs" until_true 5 ran 1
holds "syslog: the run is logged" until_true 5 said ': exit 0 after'
like "$(head -n 1 "$got")" \
    "^<31>[A-Z][a-z]+ +[0-9]+ [0-9:]+ bpfstatsd\[$daemon\]: v1: counting, " \
    "syslog: facility, level, name and process"
is "$(cat "$log")" "" "syslog: nothing on standard error"
is "$(find "/proc/$daemon/fd" -lname 'socket:*' | wc -l)" 2 \
    "syslog: no descriptor stays open"
kill -USR1 "$daemon"
holds "syslog: statistics have their own level" \
    until_true 5 said '^<30>.*: packets .* wake-ups'

# The syslog daemon ends and restarts.
kill -KILL "$reader"
rm -f /dev/log
lines=$(wc -l <"$work/out")
holds "syslog: commands run without a syslog daemon" \
    until_true 5 ran $((lines + 3))
reader 3
until_true 5 ran $((lines + 6))
holds "syslog: a restarted syslog daemon gets messages" \
    until_true 5 said ': exit 0'

# The reader takes three messages and then hangs.
lines=$(wc -l <"$work/out")
holds "syslog: commands run while syslog hangs" \
    until_true 10 ran $((lines + 60))
is "$(cat "$log")" "" "syslog: no output on standard error"
stop
is "$status" 0 "syslog: exit 0"
kill -KILL "$reader"
done_testing
