#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# A script whose interpreter is missing: the daemon names the interpreter at
# start, at a reload, with -n, and when the script breaks later.
. tests/lib/live.sh
own_network "$@"
. tests/lib/reload.sh

chmod 755 "$work"
mkdir -m 777 "$work/open"
script=$work/script
plain=$work/plain
wrapper=$work/wrapper
none=/nowhere/perl
crlf='interpreter /bin/sh: its line ends in CR LF; convert the script to LF'
missing="interpreter $none: No such file or directory"
: >"$plain"
cp "$BPFSTATSD" "$work/bpfstatsd" && chmod 755 "$work/bpfstatsd"
BPFSTATSD=$work/bpfstatsd

# make file text: creates an executable file from the printf(1) text by a
# rename.
make() {
	# shellcheck disable=SC2059
	printf "$2" >"$1.new"
	chmod 755 "$1.new"
	mv "$1.new" "$1"
}

# ends wanted pattern arguments ...: the daemon ends with the status and
# message.
ends() {
	wanted=$1 pattern=$2
	shift 2
	status=0
	# shellcheck disable=SC2086
	timeout 5 ${WRAP:-} "$BPFSTATSD" "$@" >"$work/out" 2>"$log" || status=$?
	if [ "$status" -eq "$wanted" ] && grep -qxF -- "$pattern" "$log"; then
		ok "$about: $*"
	else
		not_ok "$about: $*" "exit $status: $(cat "$log" "$work/out")" \
		    "wanted: exit $wanted: $pattern"
	fi
}

# rule command ...: prints a rules file with one rule.
rule() {
	printf 'rule it on v1 { every 1 packet run %s }' "$*"
}

# refused reason: the daemon refuses the command on the command line and in a
# file.
refused() {
	line="$script: cannot execute: $1"
	ends 1 "bpfstatsd: $line" -i v1 "$script"
	put "$(rule "$script")"
	ends 1 "bpfstatsd: $line" -f "$rules"
	ends 2 "bpfstatsd: $rules: rule it: $line" -n -f "$rules"
}

# exits status: the command starts, and -n reports no error.
exits() {
	put "$(rule "$script")"
	is "$("$BPFSTATSD" -n -f "$rules" 2>&1)" '' "$about: -n is silent"
	start -z -i v1 "$script" || not_ok "$about: the daemon starts" "$(cat "$log")"
	$bin/flood v0 1 >/dev/null
	holds "$about: the command runs" ended "$daemon" 10
	daemon=
	is "$status" "$1" "$about: exit status"
}

# At start.

about='CR LF'
make "$script" '#!/bin/sh\r\necho\r\n'
refused "$crlf"
about='no interpreter'
make "$script" "#! $none -w\\n"
refused "$missing"
about='no interpreter, no line end'
make "$script" "#!$none"
refused "$missing"
about='no permission'
make "$script" "#!$plain\\n"
refused "interpreter $plain: Permission denied"
about='a directory'
make "$script" '#!/\n'
refused 'interpreter /: Permission denied'
about='control characters'
make "$script" '#!/nowhere/\033[2J\n'
refused 'interpreter /nowhere/?[2J: No such file or directory'
about='an interpreter that lacks one'
make "$wrapper" "#!$none\\n"
make "$script" "#!$wrapper\\n"
refused "interpreter $wrapper: $missing"
about='no command'
rm "$script"
refused 'No such file or directory'
about='a name in PATH'
make "$work/open/tool" "#!$none\\n"
PATH=$work/open:$PATH ends 1 "bpfstatsd: tool: cannot execute: $missing" \
    -i v1 tool

about='a script is the interpreter'
make "$wrapper" '#!/bin/sh\nexit 3\n'
make "$script" "#!$wrapper\\n"
exits 3
about='env finds no program'
make "$script" '#!/usr/bin/env nosuchprogram\n'
exits 127
about='a binary'
rm "$script"
cp $bin/do_nothing "$script"
exits 0

# -n

about='all faults'
make "$script" "#!$none\\n"
put "rule one on { v1 v0 } {
	every 1 packet run true
	idle 1s run /nowhere/one
}
rule two on v1 { every 1 packet run \"$script\" }"
ends 2 "bpfstatsd: $rules: rule one: /nowhere/one: cannot execute: No such\
 file or directory" -n -f "$rules"
like "$(cat "$log")" "rule two: $script: cannot execute: $missing" \
    "$about: the second fault is reported"
is "$(wc -l <"$log")" 2 "$about: two lines"

about='the rights of the user'
make "$script" '#!/bin/sh\n'
chmod 700 "$script"
put "$(rule "$script")"
is "$("$BPFSTATSD" -n -f "$rules" 2>&1)" '' "$about: root's"
put "user nobody
$(rule "$script")"
line="bpfstatsd: $rules: rule it: $script: cannot execute: Permission denied"
ends 2 "$line" -n -f "$rules"
put "$(rule "$script")"
ends 2 "$line" -n -u nobody -f "$rules"
put "user nosuchuser
$(rule true)"
ends 2 "bpfstatsd: $rules: user: nosuchuser: no such user" -n -f "$rules"

# An ordinary user cannot check another user's permissions.
about='not the user'
as_nobody() {
	setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups -- \
	    "$BPFSTATSD" "$@" 2>&1
}
put "user root
$(rule "$script")"
chmod 644 "$rules"
is "$(as_nobody -n -f "$rules")" '' "$about: no permission is no error"
put "user root
$(rule /nowhere)"
chmod 644 "$rules"
like "$(as_nobody -n -f "$rules")" '/nowhere: cannot execute: No such' \
    "$about: a missing file is an error"
put "$(rule "$script")"
chmod 644 "$rules"
like "$(as_nobody -n -f "$rules")" "$script: cannot execute: Permission" \
    "the caller's own rules: no permission is an error"

# At a reload.

about='a reload'
make "$script" '#!/bin/sh\r\n'
old='rule old on v1 { every 1 packet run true busy queue }'
put "$old"
start -f "$rules"
put "$(rule "$script")"
holds "$about: the reload is refused" reload 'reload: failed'
holds "$about: the message names the interpreter" \
    grep -qxF "bpfstatsd: $script: cannot execute: $crlf" "$log"
$bin/flood v0 7 >/dev/null
holds "$about: the old rules continue" until_true 10 counted old '7 7'
stop
is "$status" 0 "$about: exit"

# Later.

# breaks about reason: a script that ran no longer starts, until it is repaired.
breaks() {
	about=$1
	make "$script" '#!/bin/sh\nexit 0\n'
	# shellcheck disable=SC2086
	start ${OPTIONS:-} -i v1 "$script"
	$bin/flood v0 1 >/dev/null
	until_true 10 grep -q ' exit 0 after' "$log" ||
	    not_ok "$about: the script runs at first" "$(cat "$log")"
	mv "$script.broken" "$script"
	$bin/flood v0 1 >/dev/null
	holds "$about: the failed start is logged" until_true 10 grep -qxF \
	    "bpfstatsd: v1: $script: cannot start: $2; trying again" "$log"
	make "$script" '#!/bin/sh\nexit 0\n'
	holds "$about: the repaired script runs" until_true 10 \
	    grep -q "$script: started again" "$log"
	is "$(lines 'cannot start: ')" 1 "$about: the failure is logged once"
	stop
	is "$status" 0 "$about: exit"
}

make "$script.broken" '#!/bin/sh\r\nexit 0\n'
breaks 'later, CR LF' "$crlf"
make "$script.broken" "#!$none\\n"
breaks 'later, no interpreter' "$missing"
make "$wrapper" "#!$none\\n"
make "$script.broken" "#!$wrapper\\n"
breaks 'later, an interpreter that lacks one' "interpreter $wrapper: $missing"
make "$script.broken" "#!$plain\\n"
breaks 'later, no permission' "interpreter $plain: Permission denied"

loader='the file exists, but not the interpreter or dynamic loader that it names'
LC_ALL=C sed 's|/ld-|/no-|' $bin/inspect >"$script.broken"
chmod 755 "$script.broken"
breaks 'a binary without its loader' "$loader"
make "$script.broken" "#!$none\\n"
chmod 711 "$script.broken"
OPTIONS='-u nobody' breaks 'a script that cannot be read' "$loader"

about='a binary without its loader, at the first start'
LC_ALL=C sed 's|/ld-|/no-|' $bin/inspect >"$script.new"
chmod 755 "$script.new"
mv "$script.new" "$script"
start -i v1 "$script"
$bin/flood v0 1 >/dev/null
holds "$about: the message" until_true 10 grep -qxF \
    "bpfstatsd: v1: $script: cannot start: $loader; trying again" "$log"
stop
is "$status" 0 "$about: exit"
done_testing
