#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The layers of src/: allowed includes, no circle of files that call each other,
# and public functions named after their file.
. tests/lib/live.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# walls directory: prints includes that lead to a higher layer or to another
# process. A layer may include layers with a higher number; only conf and the
# layers above use engine.
walls() {
	(cd "$1" && grep -rn '^#include "' --include='*.[chy]' .) | awk -F: '
	BEGIN {
		split("main ctl control opener watcher runner source conf " \
		    "filter priv ipc base", name, " ")
		split("0 1 1 1 1 1 2 3 4 5 6 7", level, " ")
		for (i in name)
			floor[name[i]] = level[i]
		floor["engine"] = 3.5
	}
	{
		n = split($1, from, "/")
		layer = n == 2 ? "main" : from[2]
		split($3, part, "\"")
		slash = index(part[2], "/")
		wanted = substr(part[2], 1, slash - 1)
		if (wanted == layer)
			next
		if (layer == "engine" || !(wanted in floor) ||
		    floor[wanted] <= floor[layer] ||
		    layer == "ctl" && floor[wanted] < floor["ipc"])
			print $1 ":" $2 ": " part[2]
	}'
}

# wrong file header: prints the violations after adding the include to a copy of
# src.
wrong() {
	rm -rf "$work/src"
	mkdir "$work/src" && (cd src && find . -name '*.[chy]' |
	    tar -cf - -T -) | tar -xf - -C "$work/src"
	echo "#include \"$2\"" >>"$work/src/$1"
	walls "$work/src" | sed 's/:[0-9]*:/:/'
}

# calls: prints "file file" when an object of the first uses a symbol of the
# second.
calls() {
	for object in $(MAKEFLAGS='' make -s list | tr ' ' '\n' | grep -v '^src/ctl/'); do
		nm "$object" | sed "s|^|$object |"
	done | awk '
	NF == 4 && $3 ~ /^[TDBRC]$/ { owner[$4] = $1 }
	NF == 3 && $2 == "U" { needs[$1 " " $3] = 1 }
	END {
		for (pair in needs) {
			split(pair, part, " ")
			if (part[2] in owner)
				print part[1], owner[part[2]]
		}
	}'
}

# strange: prints public names that do not begin with their file's name.
strange() {
	for object in $(MAKEFLAGS='' make -s list | tr ' ' '\n' | grep '^src/.*/'); do
		file=${object##*/}
		file=$(echo "${file%.o}" | sed -E \
		    's/_(bpf|linux|memfd|none|nowait|procctl|tmp)$//')
		nm "$object" | awk -v file="$file" -v object="$object" '
		$2 ~ /^[TDBRC]$/ && $3 != "main" && $3 != file &&
		    index($3, file "_") != 1 { print object ": " $3 }'
	done
}

is "$(walls src)" '' 'no include leads up or to another process'
is "$(wrong runner/job.c watcher/watcher.h)" \
    './runner/job.c: watcher/watcher.h' 'test: across processes'
is "$(wrong base/log.c conf/conf.h)" './base/log.c: conf/conf.h' 'test: up'
is "$(wrong engine/policy.c base/clock.h)" \
    './engine/policy.c: base/clock.h' 'test: engine includes nothing'
is "$(wrong ctl/reply.c conf/conf.h)" './ctl/reply.c: conf/conf.h' \
    'test: bpfstatsctl and the daemon'
is "$(wrong ipc/order.h source/source.h)" \
    './ipc/order.h: source/source.h' 'test: a header'
is "$(wrong watcher/trigger.c order.h)" './watcher/trigger.c: order.h' \
    'test: no folder'
MAKEFLAGS='' make -s objects >"$work/make" 2>&1 || cat "$work/make" >&2
calls >"$work/calls"
like "$(wc -l <"$work/calls")" '^ *[0-9]{3}' 'test: calls are found'
is "$(tsort "$work/calls" 2>&1 >/dev/null)" '' \
    'no circle of files that call each other'
printf 'src/base/clock.o src/main.o\n' >>"$work/calls"
like "$(tsort "$work/calls" 2>&1 >/dev/null)" 'clock.o' \
    'test: a circle is found'
is "$(strange)" '' 'public functions begin with the name of their file'
done_testing
