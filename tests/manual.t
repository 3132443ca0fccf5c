#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The manual, the help, the usage line and the parser have the same options;
# wrong calls get a message.
. tests/lib/live.sh

out=$(mktemp)
err=$(mktemp)
trap 'rm -f "$out" "$out.h" "$err"' EXIT

# try argument ...: output in $out and $err, exit status in $status.
try() {
	status=0
	"$BPFSTATSD" "$@" >"$out" 2>"$err" || status=$?
}

# squash: joins lines, with single blanks between words.
squash() {
	tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//'
}

# section name: prints the source of the manual's section.
section() {
	sed -n "/^\\.Sh $1\$/,/^\\.Sh /p" bpfstatsd.8 | grep -v '^\.Sh '
}

# The four lists of options: one letter per line, with the argument's name.
parser_options() {
	sed -n 's/^#define OPTIONS "\(.*\)"$/\1/p' src/conf/options.c |
	    sed -E 's/([A-Za-z])(:?)/\1\2 /g' | tr ' ' '\n' | grep .
}

usage_options() {
	echo "$usage" | sed 's/ bpfstatsd .* -f file/ [-f file]/' | grep -Eo '\[-[^]]*\]' | tr -d '[]' |
	    sed -E 's/^-(.) /\1 /; t
		s/^-//; s/./&\
/g' | grep .
}

help_options() {
	sed -nE 's/^  -([A-Za-z]) ([a-z]*)(\[(.time)\])?( .*)?$/\1 \2\4/p' "$out" |
	    sed 's/ $//'
}

manual_options() {
	section DESCRIPTION |
	    sed -nE 's/ Ns Op (.) Ns Ar /\1/; s/^\.It Fl (.)( Ar (.*))?$/\1 \3/p' |
	    sed 's/ $//'
}

# The parser knows that an option has an argument, but not its name.
nameless() {
	sed 's/ .*/:/'
}

policies() {
	sed -nE 's/^.*\[POLICY_[A-Z]+\] = "(.*)",$/\1/p' src/conf/value.c
}

variables() {
	grep -Eho "$1[A-Z_]+" "$2" | sed 's/.*BPFSTATSD_//; s/.*"//' |
	    LC_ALL=C sort -u
}

sorted() {
	LC_ALL=C sort
}

try -h
is "$status" 0 '-h: exit 0'
is "$(cat "$err")" '' '-h: nothing on standard error'
usage=$(sed -n '1,/-f file$/p' "$out" | squash | sed 's/^usage: //')
like "$usage" \
    '^bpfstatsd \[.*\] command \[argument \.\.\.\] bpfstatsd \[.*\] -f file$' \
    '-h: usage first'
is "$(section SYNOPSIS |
    sed -E 's/ Ns Op (.) Ns Ar (.*)$/[\1\2]/; s/^\.Op (.*)$/[\1]/; s/^\.Nm/bpfstatsd/; s/^\.Ar //
	s/Fl /-/; s/Ar //; s/^\.-/-/' | squash)" "$usage" 'SYNOPSIS: the usage line'

is "$(usage_options | nameless | sorted)" "$(parser_options | sorted)" \
    'usage: the options of the parser'
is "$(help_options | sorted)" "$(usage_options | sorted)" \
    'help: the options of the usage line'
is "$(manual_options | sorted)" "$(usage_options | sorted)" \
    'manual: the options of the usage line'
is "$(manual_options)" "$(manual_options | LC_ALL=C sort -f)" \
    'manual: the options in order'

is "$(variables '^\.It Ev BPFSTATSD_' bpfstatsd.8)" \
    "$({ variables 'PREFIX "' src/runner/command.c
    variables '"BPFSTATSD_' src/engine/key_text.c; } | sorted)" \
    'manual: the variables that a command gets'
is "$(variables 'BPFSTATSD_' "$out")" "$(variables 'PREFIX "' src/runner/command.c)" \
    'help: the variables that a command gets'

is "$(section DESCRIPTION | sed -n 's/^\.It Cm //p')" "$(policies)" \
    'manual: the policies'
is "$(sed -nE 's/^ {16}([a-z]+)  .*/\1/p' "$out")" "$(policies)" \
    'help: the policies'

default=$(sed -nE 's/^  -i interface .*\((.*)\)$/\1/p' "$out")
like "$(section DESCRIPTION)" "^\\.Cm $default( ,)?\$" \
    'manual: the default interface'

# Some part of each message in the manual is in the source.
section DIAGNOSTICS | sed -n 's/^\.It "\(.*\)"$/\1/p' >"$out"
while read -r message; do
	found=
	while read -r part; do
		grep -qF -- "$part" src/*.c src/*/*.c src/*/*/*.c && found=yes
	done <<-PARTS
		$(echo "${message#*: }" | sed 's/: /\
/g')
	PARTS
	is "$found" yes "manual: the source has the message \"$message\""
done <"$out"

if command -v mandoc >/dev/null || [ "${CI:-}" = true ]; then
	is "$(mandoc -T lint -W warning bpfstatsd.8 2>&1)" '' \
	    'manual: mandoc reports nothing'
else
	ok 'manual: mandoc reports nothing # SKIP no mandoc'
fi

# idle_examples file ...: prints each example of an idle condition on one line,
# with its rule or command line.
idle_examples() {
	awk '
	FNR == 1 { joined = rule = "" }
	joined != "" { $0 = joined $0; joined = "" }
	/\\e?$/ { joined = $0; sub(/\\e?$/, "", joined); next }
	/(^|[^_])bpfstatsd .* -t [0-9]/ { print FILENAME ": " $0 }
	/rule "[^"]*" on / { rule = FILENAME ":" }
	rule != "" { rule = rule " " $0 }
	rule != "" && /^[#\t ]*}|}$/ {
		if (rule ~ /[ \t{]idle [0-9]/)
			print rule
		rule = ""
	}' "$@"
}
# Without a filter, a local network is never silent, but a single key is. A log
# interface or group has only the packets that the firewall selects.
idle_examples README.md bpfstatsd.8 bpfstatsd.conf.5 bpfstatsctl.8 doc/watch \
    dist/bpfstatsd.conf dist/systemd/* examples/*/* >"$out"
holds 'examples of idle: at least five are found' [ "$(grep -c . "$out")" -ge 5 ]
is "$(grep -v -e ' -e ' -e ' filter ' -e '[^a-z]idle [0-9a-z]* by ' -e 'pflog[0-9]' -e 'nflog:[0-9]' "$out")" \
    '' 'examples of idle: each has a filter'
echo 'bpfstatsd -i eth0 -t 15m true' >"$out.h"
is "$(idle_examples "$out.h")" "$out.h: $(cat "$out.h")" \
    'examples of idle: one without a filter is found'

try -V
is "$status $(cat "$out")" \
    "0 bpfstatsd $(sed -n 's/^VERSION = //p' mk/objects.mk)" '-V: the version'

# wrong reason argument ...: exit 2 with the reason and one line of usage.
wrong() {
	reason=$1
	shift
	try "$@"
	is "$status $(cat "$out")" '2 ' "wrong: $*: exit 2, no output"
	like "$(head -n 1 "$err")" "^bpfstatsd: $reason" "wrong: $*: the reason"
	is "$(sed 1d "$err")" \
	    'usage: bpfstatsd [options] command [argument ...]; -h prints the options' \
	    "wrong: $*: one line of usage"
}

wrong 'command: missing'
wrong 'command: missing' -i lo
wrong '-x: unknown option' -x true
wrong '-c: needs a value' -c
wrong '-c: "0": not a whole number' -c 0 true
wrong '-c: "5/0": not a number, a slash and a time' -c 5/0 true
wrong '-b: "10k": not a number of bytes' -b 10k true
wrong '-b: "1M/": not a number, a slash and a time' -b 1M/ true
wrong '-t: "0": not a time' -t 0 true
wrong '-o: "never": not once, drop, queue or restart' -o never true
wrong '-k: "src": not source, destination, source-port, port, mac,' -k src true
wrong '-k: "": not source' -k source, true
wrong '-k: "": not source' -k '' true
wrong '-k: " port": not source' -k 'source, port' true
wrong '-k: "source/33": not a prefix of 0 to 32 bits' -k port,source/33 true
wrong '-k: "port": given twice' -k port,source,port true
wrong '-k: "vlan": more than 4 parts' \
    -k source,destination,source-port,port,vlan true
wrong '-k: "x{60}' -k "$(printf '%200s' '' | tr ' ' x)" true
wrong '-k: "vlan": packets of a log group .*; count on an interface' \
    -i nflog:5 -k source,vlan true
wrong '-k: "mac": packets of a log group' -k mac true
wrong '-k: cannot be used with -W' -W 5 -k source true
wrong '-c: more than 140737488355328' -k source -c 140737488355329 -i lo true
wrong '-b: more than 140737488355328' -b 129T/5 -k source -i lo true
wrong '-l: "file": not stderr, json or syslog' -l file true
wrong '-s: "": not a path' -s '' true
wrong '-s: cannot be used with -r' -r - -s /nonexistent/x true
wrong '-T: "0": not a time' -T 0 true

# The long options that users expect, and no others.
"$BPFSTATSD" -h >"$out.h"
try --help
is "$status $(cat "$err")" '0 ' '--help: exit 0'
is "$(cat "$out")" "$(cat "$out.h")" '--help equals -h'
try -v --version
is "$status $(cat "$out")" "0 $("$BPFSTATSD" -V)" '--version equals -V'
wrong '--count: unknown option' --count 5 true
try -V -- --help
is "$status $(cat "$out")" "0 $("$BPFSTATSD" -V)" '-- ends the options'
for command in --help --version; do
	status=0
	./bpfstatsctl $command >"$out" 2>"$err" || status=$?
	like "$status $(cat "$err")$(cat "$out")" \
	    "^0 (bpfstatsctl [0-9]|usage: bpfstatsctl \[)" "bpfstatsctl $command"
done
status=0
./bpfstatsctl --all >"$out" 2>"$err" || status=$?
like "$status $(cat "$out" "$err")" '^2 bpfstatsctl: --all: unknown option' \
    'bpfstatsctl --all'

# An option given twice is an error, not ignored.
wrong '-i: given twice; .*file of rules' -i lo -i lo true
wrong '-f: given twice' -f x -f y
wrong '-k: given twice' -k source -k port true
wrong '-r: given twice' -r x -r y true
wrong '-F: there is a filter already' -e tcp -F /dev/null true
wrong '-n: needs -r or -f; .* interface, run true with -v' -n -i lo true
wrong '-w: cannot be used with -r' -f x -r y -w
wrong '-s: cannot be used with -r' -f x -r y -s z
wrong '-o: cannot be used with -W' -W 5 -o drop true
wrong '-W: "0": not a time' -W 0 true
wrong '-p: "xml": not text or json' -p xml
wrong '-z: cannot be used with -f$' -f x -z
for option in '-b 1' '-c 1' '-e tcp' '-F /dev/null' '-i lo' '-k vlan' '-m 1' '-o drop' '-Q in' \
    '-T 1' '-t 1' '-W 1'; do
	# shellcheck disable=SC2086
	wrong "${option% *}: cannot be used with -f; set it in the rules file" \
	    -f x $option
done
wrong 'command: cannot be used with -f; set it in the rules file' -f x true

done_testing
