#!/bin/sh
# What can be said of the sources without running them.
. tests/live/lib.sh

silent() {
	what=$1
	shift
	output=$("$@" 2>&1)
	is "$output" "" "$what"
}

warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
    -Wmissing-prototypes"
flags="-std=c11 $warnings -Werror -D_GNU_SOURCE -DLIBBSD_OVERLAY
    -isystem /usr/include/bsd -Isrc -DVERSION=__DATE__"

compile() {
	for file in src/*.c tests/*/*.c; do
		# shellcheck disable=SC2086
		$1 $flags -O2 -fsyntax-only "$file" || return 1
	done
}

headers() {
	for file in src/*.h; do
		# shellcheck disable=SC2086
		printf '#include "%s"\n#include "%s"\n' "${file#src/}" \
		    "${file#src/}" | gcc $flags -fsyntax-only -x c - || return 1
	done
}

scripts() {
	find tests dist examples .ci -type f 2>/dev/null | while read -r file; do
		head -n 1 "$file" | grep -q '^#!.*sh$' && echo "$file"
	done
	echo tests/live/lib.sh
}

long_files() {
	find src tests -name '*.[chy]' -exec wc -l {} + |
	    awk '$2 != "total" && $1 > 450'
}

silent "gcc" compile gcc
silent "clang" compile clang
silent "each header compiles alone, and twice" headers
# shellcheck disable=SC2046
silent "shellcheck" shellcheck -s sh -x $(scripts)
silent "clang-format" sh -c "clang-format --dry-run -Werror src/*.[ch] tests/*/*.c"
silent "no file over 450 lines" long_files
silent "no line over 80 columns" sh -c "expand src/*.[ch] | grep -nE '.{81}'"
silent "nothing that style forbids" grep -nE \
    '[^a-z_](alloca|strcpy|strcat|sprintf|atoi|atol|system|popen|signal)\(' \
    src/*.c
silent "operating systems are told apart by files" \
    sh -c "grep -nE '#.*if.*__(linux|OpenBSD|FreeBSD|NetBSD|APPLE)' src/*.[ch] |
	grep -vE '^src/(source|priv)_'"
silent "cppcheck" cppcheck --quiet --std=c11 --enable=warning,performance,portability \
    --inline-suppr --suppress=missingIncludeSystem --error-exitcode=1 \
    -D_GNU_SOURCE -DVERSION='"x"' -Isrc src
# shellcheck disable=SC2086
silent "clang-tidy" sh -c "clang-tidy --quiet --warnings-as-errors='*' \
    src/*.c -- -std=c11 -D_GNU_SOURCE -DLIBBSD_OVERLAY \
    -isystem /usr/include/bsd -Isrc '-DVERSION=\"x\"' 2>/dev/null"
done_testing
