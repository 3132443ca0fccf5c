#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# On each system: a script whose interpreter disappears while the daemon runs.
# The runner names the interpreter where it may read files, and is not killed
# where its pledge forbids that.
. tests/bsd/lib.sh
own_network "$@"

script=$work/script
rules=$work/rules
missing='interpreter /nowhere/perl: No such file or directory'

# make text: replaces the script by a rename.
make() {
	# shellcheck disable=SC2059
	printf "$1" >"$script.new"
	chmod 755 "$script.new"
	mv "$script.new" "$script"
}

# breaks how reason arguments ...: the script stops working, is logged, and is
# repaired.
breaks() {
	title="$flavour, $1"
	reason=$2
	shift 2
	make '#!/bin/sh\nexit 0\n'
	start "$@"
	offer send em0 1 >/dev/null
	holds "$title: the script runs" \
	    until_true 10 grep -q ' exit 0 after' "$log"
	make '#!/nowhere/perl\n'
	offer send em0 1 >/dev/null
	holds "$title: the failed start is logged" until_true 10 grep -q \
	    "$script: cannot start: $reason; trying again\$" "$log"
	make '#!/bin/sh\nexit 0\n'
	holds "$title: the repaired script runs" until_true 10 \
	    grep -q 'started again' "$log"
}

for flavour in $flavours; do
	flavour "$flavour"
	offer create em0
	make '#!/nowhere/perl\n'
	# shellcheck disable=SC2086
	$WRAP "$BPFSTATSD" -i em0 "$script" 2>"$log"
	is "$? $(cat "$log")" \
	    "1 bpfstatsd: $script: cannot execute: $missing" \
	    "$flavour: the message at start"
	case $flavour in
	openbsd | openbsd80)
		reason='No such file or directory: the program, or the'
		reason="$reason interpreter of a script" ;;
	*) reason=$missing ;;
	esac
	breaks 'a command line' "$reason" -i em0 "$script"
	stop
	is "$status" 0 "$title: exit"
	echo "rule it on em0 { every 1 packet run \"$script\" }" >"$rules"
	breaks 'a file of rules' "$missing" -f "$rules"
	make '#!/nowhere/perl\n'
	echo "rule new on em0 { every 2 packets run \"$script\" }" >"$rules"
	kill -HUP "$daemon"
	holds "$title: a reload is refused" until_true 20 \
	    grep -q 'reload: failed' "$log"
	holds "$title: the message names the interpreter" grep -q \
	    "$script: cannot execute: $missing\$" "$log"
	stop
	is "$status" 0 "$title: exit"
done
done_testing
