#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# What bpfstatsctl makes of the answer: tables that people read, and what
# programs do; and of answers that are none.
. tests/lib/live.sh
own_network "$@"

ctl=$(dirname "$BPFSTATSD")/bpfstatsctl
sock=$work/sock
export LC_ALL=C.UTF-8

# tells argument ...: what it says is in $work/told and $work/err, its exit in
# $status.
tells() {
	status=0
	"$ctl" "$@" >"$work/told" 2>"$work/err" || status=$?
}

# wide file: lines of more than 80 characters.
wide() {
	perl -CSD -lne 'print if length > 80' "$1"
}

# Called wrongly

for wrong in "-x" "-w" "-w 0" "-w 3601" "-w 1s" "-w +1" "-w 1 -j" "-m -w 1" \
    "word"; do
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
    "the manual's synopsis"
for message in "no bpfstatsd listens here; start it with -s or" \
    "no reply within 2 seconds"; do
	holds "the manual's message: $message" grep -q "$message" bpfstatsctl.8
	holds "it is in the source: $message" grep -q "$message" src/ctl/client.c
done

# Nobody answers

tells -s "$work/none"
is "$status $(cat "$work/err")" "1 bpfstatsctl: $work/none: no bpfstatsd \
listens here; start it with -s or \"socket\"" "no socket"
tells -s "$work"
is "$status" 1 "a directory"
tells -s "$(printf '%0200d' 0)"
is "$status" 1 "a path that is too long"
like "$(cat "$work/err")" ': File name too long$' "a path that is too long: why"

# says text: a stand-in that answers so to all who ask.
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
    status running last state | tr ' ' '\t')
row=$(printf 'a\tb\tevery 1 packet\tevery\t5\t-\t5\t4\t3\t2\t-\t1.5\tpresent')
newer=$(printf 'bpfstatsd\t2\t9.9')
while IFS='|' read -r about text reason; do
	text=$(printf '%b' "$(printf '%s' "$text" | sed "s/HEAD/$head/
		s/COLUMNS/$columns/; s/ROW/$row/; s/NEWER/$newer/")" ; echo .)
	says "${text%.}"
	tells -s "$sock"
	is "$status $(cat "$work/told")" "1 " "$about: exit"
	is "$(cat "$work/err")" "bpfstatsctl: $sock: $reason" "$about: why"
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
    "$work/told")" "0 9.9 10.0 3 3" "columns that are new do not matter"
kill "$stand_in"
# Nothing of what a server says is for the terminal to obey, in no form.
evil=$(printf '\033]0;x\007\302\2331m')
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
    "$work/told")" "0 []" "escape sequences of a server: form ${form:-table}"
done
kill "$stand_in"
says hang
tells -s "$sock"
is "$status $(cat "$work/err")" \
    "1 bpfstatsctl: $sock: no reply within 2 seconds" "one that hangs"
kill "$stand_in"
rm -f "$sock"

# All that there is

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
holds "a table" until_true 10 all
is "$(wc -l <"$work/told") $(wide "$work/told")" "8 " \
    "a line for each trigger, none of more than 80 characters"
is "$(awk '{ print length }' "$work/told" | sort -u)" 80 "the lines are aligned"
is "$(head -n 1 "$work/told" | tr -s ' ')" \
    "RULE ON TRIGGER PKTS BYTES RATE/S EVENT RUNS FAIL EXIT LAST" "the head"
like "$(sed -n 8p "$work/told" | tr -s ' ')" \
    '^gone w1 every [10~]+ 0 - absent 0 0 0 - -$' "an interface that is absent"
grep -q '^all of [^ ]*~ v1 ' "$work/told" ||
    not_ok "a name that is too long" "$(cat "$work/told")"

# well argument ...: what programs read is what they can read.
json_well() {
	"$ctl" -s "$sock" -j | python3 -c 'import json, sys
o = json.load(sys.stdin)
for r in o["rules"]:
    assert set(r) == {"rule", "interface", "trigger", "event", "packets",
        "bytes", "events", "runs", "failures", "status", "running", "last",
        "state"}
assert len(o["rules"]) == int(sys.argv[1])' "$1"
}
if command -v promtool >/dev/null || [ "${CI:-}" = true ]; then
	promtool=promtool
else
	echo "# There is no promtool, \"dist/deps check\" installs it."
	promtool='true check metrics'
fi
metrics_well() {
	"$ctl" -s "$sock" -m >"$work/metrics" &&
	    [ -z "$($promtool check metrics <"$work/metrics" 2>&1)" ] &&
	    [ "$(tail -n 1 "$work/metrics")" = "# EOF" ]
}
holds "JSON" json_well 7
"$ctl" -s "$sock" -j | python3 -c 'import json, sys
for r in json.load(sys.stdin)["rules"]:
    print(r["trigger"], r["packets"], r["bytes"], r["status"], r["state"])' |
    sed 's/[0-9]\{7,\}/N/' >"$work/told"
is "$(sed -n '3p;7p' "$work/told")" "every 1K bytes 123456 N signal 9 present
every N packets 0 None None absent" "JSON: what it says"
holds "metrics, as promtool takes them" metrics_well
like "$(cat "$work/metrics")" '^bpfstatsd_packets_total\{rule="all of \\"it\\" \\\\ with .*",interface="v1",trigger="every 1 packet"\} 123456$' \
    "metrics: a name with all that is to be quoted"
like "$(cat "$work/metrics")" 'trigger="every 1 packet \(2\)"\} 123456$' \
    "metrics: a trigger that is there twice"
like "$(cat "$work/metrics")" '^bpfstatsd_last_status\{.*"every 1K bytes"\} 137$' \
    "metrics: the status of a run that a signal ended"
like "$(cat "$work/metrics")" '^bpfstatsd_interface_present\{rule="gone".* 0$' \
    "metrics: an interface that is absent"
is "$(grep -c '^# HELP' "$work/metrics")" "$(grep -c '^# TYPE' "$work/metrics")" \
    "metrics: each has a text and a type"

# Under flood, and while rules are read again

$bin/flood v0 2000000 >/dev/null &
flood=$!
bad=0
rounds=0
while kill -0 "$flood" 2>/dev/null; do
	rounds=$((rounds + 1))
	[ $((rounds % 3)) -ne 0 ] || kill -HUP "$daemon"
	json_well 7 && metrics_well || bad=$((bad + 1))
done
is "$bad" 0 "JSON and metrics, $rounds times under flood and reload"

# Again and again

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
holds "-w ends at SIGINT" ended "$watching" 5
is "$status $(cat "$work/err")" "0 " "-w: exit"
is "$(wide "$work/told")" "" "-w: no more than 80 characters"
like "$(grep '^all' "$work/told" | tail -n 1)" ' (▁|▂|▃|▄|▅|▆|▇|█)+$' \
    "-w: the last minute"
like "$(grep -c "^$sock: started [0-9]*[sm] ago$" "$work/told")" '^[3-9]$' \
    "-w: since when"
is "$(tr -d '[:print:][:space:]▁▂▃▄▅▆▇█' <"$work/told" |
    tr -d '\200-\377' | wc -c)" 0 "-w: without a terminal no orders for it"

# On a terminal, which a daemon that starts anew does not confuse.
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
holds "on a terminal" until_true 10 came ready
stop
holds "it waits for who answers" until_true 10 came missed
start -w -f "$work/rules"
holds "on a terminal it ends at ^C" ended "$terminal" 20
is "$(sed '1,2d' "$work/told")" "ended 0
cursor 1 1 True
ascii True
rows True True
huge False" "its cursor, its characters, its lines, and counts that went back"
stop
done_testing
