#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# bpfstatsctl: its tables, JSON and metrics, and its messages for wrong replies.
. tests/lib/live.sh
own_network "$@"

ctl=$(dirname "$BPFSTATSD")/bpfstatsctl
sock=$work/sock
export LC_ALL=C.UTF-8

# tells argument ...: runs bpfstatsctl; output in $work/told and $work/err, exit
# status in $status.
tells() {
	status=0
	"$ctl" "$@" >"$work/told" 2>"$work/err" || status=$?
}

# wide file: prints the lines of more than 80 characters.
wide() {
	perl -CSD -lne 'print if length > 80' "$1"
}

# Usage.

for wrong in "-x" "-w" "-w 0" "-w 3601" "-w 1s" "-w +1" "-w 1 -j" "-m -w 1" \
    "word" "-k" "-k a -m"; do
	# shellcheck disable=SC2086
	tells $wrong
	is "$status $(grep -c '^usage: bpfstatsctl ' "$work/err")" "2 1" \
	    "wrong: $wrong"
done
tells -V
is "$status $(cat "$work/told")" \
    "0 bpfstatsctl $(sed -n 's/^VERSION = //p' mk/objects.mk)" "-V: the version"
is "$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh /{s/^\.Op //p;}' bpfstatsctl.8 |
    sed 's/^Fl \([a-z]\) Ar \(.*\)/[-\1 \2]/; s/^Fl \(.*\)/[-\1]/' |
    tr '\n' ' ')" "$("$ctl" -x 2>&1 | sed -n 's/^usage: bpfstatsctl //p') " \
    "the manual's synopsis equals the usage"
for message in "no bpfstatsd listens here; start it with -s or" \
    "no reply within 2 seconds"; do
	holds "the manual's message: $message" grep -q "$message" bpfstatsctl.8
	holds "the source has the message: $message" \
	    grep -q "$message" src/ctl/client.c
done

# No daemon answers.

tells -s "$work/none"
is "$status $(cat "$work/err")" "1 bpfstatsctl: $work/none: no bpfstatsd \
listens here; start it with -s or \"socket\"" "no socket: the message"
tells -s "$work"
is "$status" 1 "a directory: exit 1"
tells -s "$(printf '%0200d' 0)"
is "$status" 1 "a path that is too long: exit 1"
like "$(cat "$work/err")" ': File name too long$' \
    "a path that is too long: the message"

# says text: starts a server that sends the text to each client.
says() {
	rm -f "$sock"
	perl -MIO::Socket::UNIX -e '
		$SIG{PIPE} = "IGNORE";
		my $s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 5);
		while (my $c = $s->accept) {
			$ARGV[1] eq "hang" ? push(@held, $c) : print $c $ARGV[1];
		}' "$sock" "$1" &
	stand_in=$!
	until_true 5 [ -S "$sock" ]
}

head=$(printf 'bpfstatsd\t1\t9.9\t10.000\t3')
columns=$(echo rule interface trigger event packets bytes events runs failures \
    status running last state wakeups waiting keys untracked keyless | tr ' ' '\t')
row=$(printf 'a\tb\tevery 1 packet\tevery\t5\t-\t5\t4\t3\t2\t-\t1.5\tpresent\t7\t0\t-\t-\t-')
newer=$(printf 'bpfstatsd\t2\t9.9')
while IFS='|' read -r about text reason; do
	text=$(printf '%b' "$(printf '%s' "$text" | sed "s/HEAD/$head/
		s/COLUMNS/$columns/; s/ROW/$row/; s/NEWER/$newer/")" ; echo .)
	says "${text%.}"
	tells -s "$sock"
	is "$status $(cat "$work/told")" "1 " "$about: exit"
	is "$(cat "$work/err")" "bpfstatsctl: $sock: $reason" \
	    "$about: the message"
	kill "$stand_in"
	wait "$stand_in" 2>/dev/null
done <<ANSWERS
nothing||not a socket of bpfstatsd
something else|HTTP/1.0 200 OK\n\n|not a socket of bpfstatsd
a later form|NEWER\n|unknown version of the reply; update bpfstatsctl
half a head|bpfstats|not a socket of bpfstatsd
no rows|HEAD\nCOLUMNS\n|truncated reply
half a row|HEAD\nCOLUMNS\na\tb|truncated reply
no end|HEAD\nCOLUMNS\nROW\n|truncated reply
no columns|HEAD\nrule\tinterface\nend\n|not a socket of bpfstatsd
ANSWERS
says "$head
$columns	later
$row	1
end
"
tells -s "$sock" -j
is "$status $(python3 -c 'import json, sys
o = json.load(open(sys.argv[1]))
print(o["version"], o["uptime"], o["wakeups"], o["rules"][0]["failures"])' \
    "$work/told")" "0 9.9 10.0 3 3" "unknown columns are ignored"
kill "$stand_in"
# A trigger with a table of keys.
says "$head
$columns
$(printf '%s' "$row" | sed 's/-	-	-$/7	12345678	0/')
$row
end
"
tells -s "$sock"
is "$(sed -n 3p "$work/told") $(wc -l <"$work/told")" \
    "  keys 7, untracked 12.3M, keyless 0 4" "keys: a line of the table"
tells -s "$sock" -j
is "$(python3 -c 'import json, sys
for r in json.load(open(sys.argv[1]))["rules"]:
    print(r["keys"], r["untracked"], r["keyless"])' "$work/told")" \
    "7 12345678 0
None None None" "keys: JSON"
tells -s "$sock" -m
is "$(grep -v '^#' "$work/told" | grep key)" 'bpfstatsd_keys{rule="a",interface="b",trigger="every 1 packet"} 7
bpfstatsd_keyless_packets_total{rule="a",interface="b",trigger="every 1 packet"} 0' "keys: metrics"
kill "$stand_in"
evil=$(printf '\033]0;x\007\302\2331m')
# The keys of a rule; a server for each of two questions gets other packets.
keys=$(echo rule interface trigger key packets bytes events last | tr ' ' '\t')
says_keys() {
	rm -f "$sock.keys"
	perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Local => "$ARGV[0].keys", Listen => 5);
		my $n = 0;
		while (my $c = $s->accept) {
			(my $t = $ARGV[1]) =~ s/N(\d+)/++$n * $1/eg;
			print $c $t;
		}' "$sock" "$1" &
	stand_in=$!
	until_true 5 [ -S "$sock.keys" ]
}
says_keys "$(printf '%s\n%s\n' "$head" "$keys"
	printf 'a\teth0\trate 5 packets / 1s by source\t%s\n' \
	    "-	-	-	-	-" "10.0.0.9	N1000	-	0	90.000" \
	    "2001:db8::1	N7000000	-	3	0.100"
	printf 'b\teth0\tevery 5 bytes by mac\t%s\n' "-	-	-	-	-" \
	    "02:00:00:00:00:01	1	60	0	-")
end
"
tells -s "$sock" -k a
is "$status $(cat "$work/err")" "0 " "-k: exit"
like "$(cat "$work/told")" '^eth0: rate 5 packets / 1s by source
KEY          PKTS RATE/S EVENT  LAST
2001:db8::1 (14|21)\.[0-9]M +[0-9.]+M     3    0s
10\.0\.0\.9 +[0-9]000 +[0-9.]+     0   90s$' "-k: the keys with rates"
tells -s "$sock" -k b -j
is "$(python3 -c 'import json, sys
for k in json.load(open(sys.argv[1]))["keys"]:
    print(*(k[n] for n in "rule interface trigger key packets bytes rate events \
last".split()))' "$work/told")" "b eth0 every 5 bytes by mac 02:00:00:00:00:01 \
1 60 0.0 0 None" "-k: JSON"
tells -s "$sock" -k x
is "$status $(cat "$work/err")" "1 bpfstatsctl: $sock.keys: rule \"x\": does \
not exist, or has no \"by\"" "-k: a rule that does not exist"
timeout -s INT 4 "$ctl" -s "$sock" -k a -w 1 >"$work/told" 2>"$work/err"
is "$(grep -c '^2001:db8::1 .* -     3' "$work/told")" 1 \
    "-k -w: the first keys without rates"
like "$(grep -c '^2001:db8::1 .*M .*M     3' "$work/told")" '^[1-4]$' \
    "-k -w: further keys with rates"
kill "$stand_in"
wait "$stand_in" 2>/dev/null
says_keys "$(printf '%s\n%s\n' "$head" "$keys"
	printf 'a\t%s\t%s\t%s\n' "$evil" "$evil" "-	-	-	-	-" \
	    "$evil" "$evil" "$evil	1	-	3	0.100")
end
"
for form in "" -j; do
	# shellcheck disable=SC2086
	tells -s "$sock" -k a $form
	is "$status $(python3 -c 'import sys
text = open(sys.argv[1], encoding="utf-8").read()
print([c for c in text if c != "\n" and (c < " " or "\x7f" <= c < "\xa0")])' \
    "$work/told")" "0 []" "-k: escape sequences are removed: ${form:-table}"
done
kill "$stand_in"
rm -f "$sock.keys"
# No control character of a server reaches the terminal, in any format.
says "$(printf 'bpfstatsd\t1\t%s\t10.000\t3' "$evil")
$columns
$(printf '%s' "$row" | sed "s/^a	b	every 1 packet	every/$evil	$evil	$evil	$evil/
    s/	2	-	1.5/	$evil	-	1.5/")
$(printf '%s' "$row" | sed "s/every 1 packet/every $evil $evil/
    s/	2	-	1.5/	signal $evil	-	1.5/")
$(printf '%s' "$row" | sed "s,every 1 packet,rate $evil $evil / $evil,")
end
"
for form in "" -j -m; do
	# shellcheck disable=SC2086
	tells -s "$sock" $form
	is "$status $(python3 -c 'import sys
text = open(sys.argv[1], encoding="utf-8").read()
print([c for c in text if c != "\n" and (c < " " or "\x7f" <= c < "\xa0")])' \
    "$work/told")" "0 []" "escape sequences are removed: ${form:-table}"
done
kill "$stand_in"
says hang
tells -s "$sock"
is "$status $(cat "$work/err")" \
    "1 bpfstatsctl: $sock: no reply within 2 seconds" "a server that hangs: time limit"
kill "$stand_in"
rm -f "$sock"

# A daemon with all kinds of triggers.

cat >"$work/rules" <<RULES
socket "$sock"
rule 'all of "it" \ with a very, very long name for a rule, yes' on v1 {
	every 1 packet run true busy drop
	every 1 packet run true busy drop
	every 1K bytes run sh -c 'kill -9 \$\$' busy queue
	rate 500 packets / 10s run true
	rate 10M bytes / 500ms run true
	idle 15m run true
}
rule "gone" on w1 { every 1000000000 packets run true }
RULES
start -w -f "$work/rules"
$bin/flood v0 123456 >/dev/null
all() {
	tells -s "$sock" && grep -q ' 123k ' "$work/told" &&
	    grep -q ' sig9 ' "$work/told"
}
holds "the table has the counts" until_true 10 all
is "$(wc -l <"$work/told") $(wide "$work/told")" "8 " \
    "a line per trigger, at most 80 characters"
is "$(awk '{ print length }' "$work/told" | sort -u)" 80 "the lines are aligned"
is "$(head -n 1 "$work/told" | tr -s ' ')" \
    "RULE ON TRIGGER PKTS BYTES RATE/S EVENT WAIT RUNS FAIL EXIT LAST" "the table's header"
like "$(sed -n 8p "$work/told" | tr -s ' ')" \
    '^gone w1 every [10~]+ 0 - absent 0 0 0 0 - -$' "an absent interface"
grep -q '^all of [^ ]*~ v1 ' "$work/told" ||
    not_ok "a name that is too long" "$(cat "$work/told")"

# json_well number: the JSON output is valid, with the given number of triggers.
json_well() {
	"$ctl" -s "$sock" -j | python3 -c 'import json, sys
o = json.load(sys.stdin)
for r in o["rules"]:
    assert set(r) == {"rule", "interface", "trigger", "event", "packets",
        "bytes", "events", "runs", "failures", "status", "running", "last",
        "state", "wakeups", "waiting", "keys", "untracked", "keyless"}
assert len(o["rules"]) == int(sys.argv[1])' "$1"
}
if command -v promtool >/dev/null || [ "${CI:-}" = true ]; then
	promtool=promtool
else
	echo "# promtool is missing, \"dist/deps check\" installs it."
	promtool='true check metrics'
fi
metrics_well() {
	"$ctl" -s "$sock" -m >"$work/metrics" &&
	    [ -z "$($promtool check metrics <"$work/metrics" 2>&1)" ] &&
	    [ "$(tail -n 1 "$work/metrics")" = "# EOF" ]
}
holds "JSON is valid" json_well 7
tells -s "$sock" -k gone
is "$status $(cat "$work/err")" "1 bpfstatsctl: $sock.keys: rule \"gone\": does \
not exist, or has no \"by\"" "-k: a rule without keys"
"$ctl" -s "$sock" -j | python3 -c 'import json, sys
for r in json.load(sys.stdin)["rules"]:
    print(r["trigger"], r["packets"], r["bytes"], r["status"], r["state"])' |
    sed 's/[0-9]\{7,\}/N/' >"$work/told"
is "$(sed -n '3p;7p' "$work/told")" "every 1K bytes 123456 N signal 9 present
every N packets 0 None None absent" "JSON: the values"
holds "metrics: promtool accepts them" metrics_well
like "$(cat "$work/metrics")" '^bpfstatsd_packets_total\{rule="all of \\"it\\" \\\\ with .*",interface="v1",trigger="every 1 packet"\} 123456$' \
    "metrics: special characters are quoted"
like "$(cat "$work/metrics")" 'trigger="every 1 packet \(2\)"\} 123456$' \
    "metrics: equal triggers are numbered"
like "$(cat "$work/metrics")" '^bpfstatsd_last_status\{.*"every 1K bytes"\} 137$' \
    "metrics: the status of a run that a signal ended"
like "$(cat "$work/metrics")" '^bpfstatsd_interface_present\{rule="gone".* 0$' \
    "metrics: an absent interface"
is "$(grep -c '^# HELP' "$work/metrics")" "$(grep -c '^# TYPE' "$work/metrics")" \
    "metrics: each has a help text and a type"

# Under flood and during reloads.

$bin/flood v0 2000000 >/dev/null &
flood=$!
bad=0
rounds=0
while kill -0 "$flood" 2>/dev/null; do
	rounds=$((rounds + 1))
	[ $((rounds % 3)) -ne 0 ] || kill -HUP "$daemon"
	json_well 7 && metrics_well || bad=$((bad + 1))
done
is "$bad" 0 "JSON and metrics are valid $rounds times under flood and reload"

# -w repeats the table.

"$ctl" -s "$sock" -w 1 >"$work/told" 2>"$work/err" &
watching=$!
twice() {
	[ "$(grep -c '^RULE' "$work/told")" -ge 3 ]
}
sent=0
until twice || [ "$sent" -ge 600 ]; do
	$bin/flood v0 1000 >/dev/null
	sent=$((sent + 1))
	sleep 0.02
done
kill -INT "$watching"
holds "-w: SIGINT ends the program" ended "$watching" 5
is "$status $(cat "$work/err")" "0 " "-w: exit"
is "$(wide "$work/told")" "" "-w: at most 80 characters per line"
like "$(grep '^all' "$work/told" | tail -n 1)" ' (▁|▂|▃|▄|▅|▆|▇|█)+$' \
    "-w: bars of the last minute"
like "$(grep -c "^$sock: started [0-9]*[sm] ago$" "$work/told")" '^[3-9]$' \
    "-w: the header has the start time"
is "$(tr -d '[:print:][:space:]▁▂▃▄▅▆▇█' <"$work/told" |
    tr -d '\200-\377' | wc -c)" 0 "-w: no escape sequences without a terminal"

# -w on a terminal, during a restart of the daemon.
python3 - "$ctl" "$sock" >"$work/told" <<'TERMINAL' &
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.environ["LC_ALL"] = "C"
    os.execv(sys.argv[1], [sys.argv[1], "-s", sys.argv[2], "-w", "1"])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 6, 100, 0, 0))
seen = b""
def more(what, n):
    global seen
    while seen.count(what) < n:
        seen += os.read(fd, 65536)
more(b"RULE", 2)
print("ready", flush=True)
more(b"no bpfstatsd", 1)
print("missed", flush=True)
n = seen.count(b"RULE") + 2
more(b"RULE", n)
os.write(fd, b"\x03")
try:
    while True:
        b = os.read(fd, 65536)
        if not b:
            break
        seen += b
except OSError:
    pass
print("ended", os.waitpid(pid, 0)[1])
print("cursor", seen.count(b"\x1b[?25l"), seen.count(b"\x1b[?25h"),
    seen.rstrip().endswith(b"\x1b[?25h"))
print("ascii", all(c < 128 for c in seen))
last = seen.split(b"\x1b[H")[-1].split(b"\n")
print("rows", b"and 5 more" in seen, len(last) <= 6)
print("huge", b"E " in last[2] or b"P " in last[2])
TERMINAL
terminal=$!
came() {
	grep -q "$1" "$work/told"
}
holds "terminal: the table appears" until_true 10 came ready
stop
holds "terminal: bpfstatsctl waits while no daemon answers" \
    until_true 10 came missed
start -w -f "$work/rules"
holds "terminal: ^C ends the program" ended "$terminal" 20
is "$(sed '1,2d' "$work/told")" "ended 0
cursor 1 1 True
ascii True
rows True True
huge False" "terminal: cursor, characters, lines, and counts after a restart"
stop
done_testing
