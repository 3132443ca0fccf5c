#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Rules files: their canonical form, which the program parses again, or all
# errors, with the parsers of both kinds of yacc(1).
. tests/lib/live.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
conf=$work/rules.conf
options='interval, busy, timeout, retry, signal, runs, every, rate, below, idle, after, calm, while or }'

# parse argument ...: the exit status is in $status, the output in $work/out and
# $work/err.
parse() {
	status=0
	"$program" "$@" >"$work/out" 2>"$work/err" || status=$?
	cat "$work/err" >>"$work/said"
}

# same description status file out|err: the parser's output equals the file.
same() {
	is "$status" "$2" "$name: $1: exit $2"
	if diff "$3" "$work/$4" >"$work/diff" 2>&1; then
		ok "$name: $1: the output"
	else
		not_ok "$name: $1: the output" "$(cat "$work/diff")"
	fi
}

golden() {
	for file in tests/conf/*.conf; do
		parse "$file"
		if [ -e "${file%.conf}.ok" ]; then
			same "$file" 0 "${file%.conf}.ok" out
			is "$(cat "$work/err")" '' "$name: $file: no error"
		else
			same "$file" 1 "${file%.conf}.err" err
			is "$(cat "$work/out")" '' "$name: $file: no output"
		fi
	done
}

# accepts argument ...: $conf has no error.
accepts() {
	parse "$@" "$conf"
	is "$status $(cat "$work/err")" '0 ' "$name: $about"
}

# refuses pattern argument ...: $conf has an error with this message.
refuses() {
	pattern=$1
	shift
	parse "$@" "$conf"
	is "$status $(cat "$work/out")" '1 ' "$name: $about: exit 1"
	like "$(cat "$work/err")" "$pattern" "$name: $about: the message"
}

# commandless: with -p of the daemon a trigger needs no command.
commandless() {
	about='triggers without a command'
	cat >"$conf" <<-'RULES'
		rule "a" on em0 { every packet; idle 5 interval 6
		rate 5 packets/7 signal INT run x
		while 1
		timeout 8 every 2 packets }
	RULES
	sed 's/ run x//' "$conf" >"$work/rules"
	refuses '/rules.conf:1: ";": expected run or by$'
	is "$(sed 's/.*rules.conf://' "$work/err")" '1: ";": expected run or by
1: "interval": expected run or by
2: "signal": expected run or by
4: "timeout": expected run
4: "}": expected run or by' "$name: $about: each is an error"
	parse -p "$conf"
	is "$(sed 's/.*rules.conf://' "$work/err")" \
	    "2: \"run\": expected $options" \
	    "$name: $about: allowed, a command behind the options is an error"
	cp "$work/rules" "$conf"
	parse -p "$conf"
	is "$status $(cat "$work/err" "$work/out")" "0 rule \"a\" on em0 {
	every 1 packet
	idle 5s interval 6s
	rate 5 packets / 7s signal INT
	while 1s timeout 8s
	every 2 packets
}" "$name: $about: allowed"
	parse -rp "$conf"
	is "$status" 0 "$name: $about: allowed in a reload"
	echo 'rule "a" on em0 { every 5 packets x' >"$conf"
	about='neither a command nor an option'
	refuses "^bpfstatsd: .*/rules.conf:1: \"x\": expected run, by, $options\$" -p
	echo 'rule "a" on em0 { every 5 packets by source x' >"$conf"
	refuses "^bpfstatsd: .*/rules.conf:1: \"x\": expected run, keys, a comma, $options\$" -p
	echo 'rule "a" on em0 { every 5 packets by source keys 5 runs 4 }' >"$conf"
	about='a key and runs, no command'
	accepts -p
}

# repeat word number: prints a word the given number of times.
repeat() {
	perl -e 'print $ARGV[0] x $ARGV[1]' "$1" "$2"
}

bytes() {
	about='line ends of DOS'
	sed 's/$/\r/' tests/conf/design.conf >"$conf"
	parse "$conf"
	same "$about" 0 tests/conf/design.ok out
	about='a carriage return within a line'
	printf 'rule "a" on em0 {\r every packet run x }\n' >"$conf"
	refuses '^bpfstatsd: .*/rules.conf:1: byte 0x0d: control characters are not allowed$'
	about='a NUL byte'
	printf '# x\nrule "a" on em0 { every packet run "x\0y" }\n' >"$conf"
	refuses '^bpfstatsd: .*/rules.conf:2: byte 0x00: control'
	is "$(grep -c . "$work/err")" 1 "$name: $about: one message"
	about='nothing but NUL bytes'
	head -c 4000000 /dev/zero >"$conf"
	refuses '^bpfstatsd: .*/rules.conf:1: byte 0x00: control'
	about='an empty file'
	: >"$conf"
	refuses '^bpfstatsd: .*/rules.conf: no rules$'
}

sizes() {
	about='a line of 64 KB'
	{ printf 'rule "a" on em0 { every packet run '; repeat 'abcdefg ' 8192
	    echo '}'; } >"$conf"
	accepts
	about='a comment of 64 KB'
	{ repeat '#' 65536; echo; cat tests/conf/design.conf; } >"$conf"
	accepts
	about='a filter of 64 KB'
	{ printf 'rule "a" on em0 filter "'; repeat x 65536
	    echo '" { every packet run x }'; } >"$conf"
	refuses '"x{60}\.\.\.": a filter has 65535 bytes at most'
	about='a file of 1 MB'
	perl -e 'for (1 .. 20000) {
		print "rule \"rule $_\" on em$_ { every $_ packets run x }\n";
	}' >"$conf"
	accepts
	is "$(grep -c '^rule' "$work/out")" 20000 \
	    "$name: $about: all rules are read"
	about='a file of 5 MB'
	repeat '# 345678
' 555555 >"$conf"
	refuses '/rules.conf: more than 4194304 bytes of rules$'
	about='macros that grow'
	# shellcheck disable=SC2016
	{ printf 'a = "'; repeat x 60000; printf '"\nrule a on em0 { every packet run'
	    repeat ' $a' 1000; echo ' }'; } >"$conf"
	refuses ':2: more than 4194304 bytes of rules, with macros expanded'
	about='runs times interfaces'
	perl -e 'print "rule a on { em0 em1 } {\n",
		"every packet by source run x runs 64\n" x 512, "}\n"' >"$conf"
	accepts
	echo 'rule b on em0 { every packet run x }' >>"$conf"
	refuses '/rules.conf:515: rule "b": more than 65536 triggers in all rules'
	about='interfaces times triggers'
	perl -e 'print "rule a on {", map(" em$_", 1 .. 300), " } {\n",
		"every packet run x\n" x 300, "}\n"' >"$conf"
	refuses ':1: rule "a": more than 65536 triggers in all rules'
	about='200 problems'
	repeat 'name =
' 200 >"$conf"
	refuses '^bpfstatsd: rules: more problems than these 100$'
	is "$(grep -c : "$work/err")" 101 "$name: $about: 100 are printed"
}

files() {
	about='no such file'
	rm -f "$conf"
	refuses '^bpfstatsd: .*/rules.conf: No such file or directory$'
	"$program" - <tests/conf/design.conf >"$work/out" 2>&1
	holds "$name: standard input" cmp -s tests/conf/design.ok "$work/out"
	echo x | "$program" - >"$work/out" 2>&1
	cat "$work/out" >>"$work/said"
	like "$(cat "$work/out")" '^bpfstatsd: standard input:1: "x": expected' \
	    "$name: errors in standard input have its name"

	about='nested includes'
	echo 'include "inc1"' >"$conf"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		echo "include inc$((i + 1))" >"$work/inc$i"
	done
	cat tests/conf/design.conf >"$work/inc15"
	parse "$conf"
	same "16 $about" 0 tests/conf/design.ok out
	echo 'include inc16' >"$work/inc15"
	cat tests/conf/design.conf >"$work/inc16"
	refuses '/inc15:1: include inc16: includes nested too deeply: .*/rules.conf, .*/inc1, .*/inc16$'
}

trust() {
	cp tests/conf/design.conf "$conf"
	echo 'include "design.conf"' >"$work/includes.conf"
	about='only its owner can write the file'
	chmod 644 "$conf"
	accepts -s
	about='another user can write the file'
	chmod 664 "$conf"
	refuses '^bpfstatsd: .*/rules.conf: writable by others' -s
	chmod 646 "$conf"
	refuses '^bpfstatsd: .*/rules.conf: writable by others' -s
	about='another user can write the file, allowed'
	accepts
	about='another user can write an included file'
	cp "$conf" "$work/other.conf"
	chmod 666 "$work/other.conf"
	echo 'include "other.conf"' >"$conf"
	chmod 600 "$conf"
	refuses '/rules.conf:1: include other.conf: writable by others' -s
	about='another user owns the file'
	if [ "$(id -u)" -ne 0 ]; then
		ok "$name: $about # SKIP needs root"
		return
	fi
	chown 1 "$conf"
	refuses '^bpfstatsd: .*/rules.conf: owned neither by root nor' -s
	about='another user owns the file, allowed'
	chmod 600 "$work/other.conf"
	accepts
}

# manual_examples: writes each complete rules file of the manual's examples to a
# file; not the grammar, nor the time lines, which begin with the seconds, nor
# scripts, shell commands and lines of pf.conf.
manual_examples() {
	# shellcheck disable=SC2016
	perl -ne 'if (/^\.Sh (.*)/) { $grammar = $1 eq "GRAMMAR" }
		next if $grammar;
		if (/^\.Bd -literal/) {
			$first = 1;
		} elsif ($first && /^(seconds |#[! ]|table <)/) {
			$first = 0;
		} elsif ($first) {
			$n++;
			$first = 0;
			open $f, ">", "$ENV{work}/example$n.conf" or die;
			s/\\e/\\/g; print $f $_;
		} elsif (/^\.Ed/) { close $f; undef $f;
		} elsif ($f) { s/\\e/\\/g; print $f $_; }' bpfstatsd.conf.5
}

# readme_rules: prints the macros and rules of the README as one rules file.
readme_rules() {
	awk '/^    (rule |[a-z]+ = )/ { rules = 1 } !/^    / { rules = 0 }
	    rules' README.md
}

# unsaid: prints the parts of the parser's messages that no test has caused;
# without messages that no file can cause: no memory, a full parser stack, and
# errors of texts that are no file.
unsaid() {
	# shellcheck disable=SC2016
	perl -0777 -ne 'BEGIN { open $f, "<", "$ENV{work}/said" or die;
			$said = join "", <$f>;
			%never = map { $_ => 1 } "syntax error",
			    "cannot be parsed", "rules: out of memory",
			    "only a file can include files", "too long",
			    "end of line"; }
		s{/\*.*?\*/}{}gs; s{\x27(\\.|[^\\\x27])\x27}{}g; s/^#include.*//mg;
		while (/((?:"(?:[^"\\]|\\.)*"\s*)+)/g) {
			$text = join "", $1 =~ /"((?:[^"\\]|\\.)*)"/g;
			next if $text !~ /[a-z,] / || $never{$text};
			$text =~ s/\\"/"/g;
			for (split /%(?:zu|[cdsu]|02x)/, $text) {
				print "$ARGV: $text\n" if index($said, $_) < 0;
			}
		}' src/conf/parse.y src/conf/build.c src/conf/lexer.c src/conf/scan.c src/conf/conf_file.c \
	    src/conf/conf_error.c src/conf/build_key.c
}

# A reload does not wait for a writer of a FIFO.
regular() {
	about='a reload: a FIFO'
	rm -f "$conf" "$work/fifo"
	mkfifo "$conf" "$work/fifo"
	refuses '^bpfstatsd: .*/rules.conf: not a regular file' -r
	about='a reload: a FIFO that is included'
	rm "$conf"
	echo 'include "fifo"' >"$conf"
	refuses '/rules.conf:1: include fifo: not a regular file' -r
	about='a reload: a regular file'
	cp tests/conf/design.conf "$conf"
	accepts -r
}

for program in tests/conf/bin/bison tests/conf/bin/byacc; do
	name=${program##*/}
	golden
	commandless
	bytes
	sizes
	files
	trust
	regular
done
export work
is "$(unsaid)" '' 'each message of the parser is caused by a test'
manual_examples
readme_rules >"$work/README.conf"
for file in examples/*/bpfstatsd.conf "$work"/example*.conf \
    "$work/README.conf"; do
	parse "$file"
	is "$status $(cat "$work/err")" '0 ' "$file"
done
is "$(cat "$work"/example*.conf | grep -c '^rule')" \
    "$(grep -c '^rule "' bpfstatsd.conf.5)" 'manual: all examples are tested'
is "$(grep -c '^ *rule "' "$work/README.conf")" \
    "$(grep -c '^ *rule "' README.md)" \
    'README: all rules are tested'
if command -v mandoc >/dev/null || [ "${CI:-}" = true ]; then
	is "$(mandoc -T lint -W warning bpfstatsd.conf.5 2>&1)" '' \
	    'manual: mandoc reports nothing'
else
	ok 'manual: mandoc reports nothing # SKIP no mandoc'
fi
done_testing
