#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Static checks of the sources.
. tests/lib/live.sh

silent() {
	what=$1
	shift
	output=$("$@" 2>&1)
	is "$output" "" "$what"
}

warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
    -Wmissing-prototypes"
system=$(MAKEFLAGS='' make -s list-flags)
flags="-std=c11 $warnings -Werror $system -Isrc -DVERSION=__DATE__ -DRUNDIR=__DATE__
    -DDEFAULT_INTERFACE=__DATE__
    -idirafter tests/bsd/include/freebsd"

# Sources of this system; tests/more/cross.t compiles the others.
sources=$(MAKEFLAGS='' make -s list | sed 's/\.o/.c/g')

compile() {
	for file in $sources tests/*/*.c; do
		# tests/bsd/build compiles these with other headers.
		case $file in tests/bsd/*) continue ;; esac
		# shellcheck disable=SC2086
		$1 $flags -O2 -fsyntax-only "$file" || return 1
	done
}

headers() {
	find src compat -name '*.h' | while read -r file; do
		# shellcheck disable=SC2086
		printf '#include "%s"\n#include "%s"\n' "$PWD/$file" \
		    "$PWD/$file" | gcc $flags -fsyntax-only -x c - || return 1
	done
}

# Every shell that is /bin/sh on some system.
parses() {
	scripts | while read -r file; do
		"$1" -n "$file"
	done
}

long_files() {
	find compat src tests -name '*.[chy]' -exec wc -l {} + |
	    awk '$2 != "total" && $1 > 450'
}

# Tests that are in no list, or in two.
forgotten() {
	{
		MAKEFLAGS='' make -s -f tests/Makefile list-tests | tr ' ' '\n'
		ls tests/*.t tests/*/*.t tests/*/*/*.t
	} | sort | uniq -u
}

silent "make check and check-more run every test" forgotten
silent "gcc" compile gcc
silent "clang" compile clang
silent "each header compiles alone, and twice" headers
# shellcheck disable=SC2046
silent "shellcheck" shellcheck -s sh -x $(scripts)
for shell in bash dash mksh; do
	if command -v "$shell" >/dev/null || [ "${CI:-}" = true ]; then
		silent "$shell reads each script" parses "$shell"
	else
		ok "$shell reads each script # SKIP no such shell"
	fi
done
silent "clang-format" sh -c "find compat src tests -name '*.[ch]' |
	xargs clang-format --dry-run -Werror"
silent "no file over 450 lines" long_files
silent "each source file names its license" sh -c "find compat src tests \
    -name '*.[chy]' | xargs grep -L 'SPDX-License-Identifier: ISC'"
silent "no line over 80 columns" sh -c "find src compat -name '*.[ch]' | xargs expand | grep -nE '.{81}'"
silent "nothing that style forbids" grep -rnE --include='*.c' \
    '[^a-z_](alloca|strcpy|strcat|sprintf|atoi|atol|system|popen|signal)\(' \
    src compat
silent "no #ifdef on an operating system outside source and priv" \
    sh -c "grep -rnE '#.*if.*__(linux|OpenBSD|FreeBSD|NetBSD|APPLE)' src |
	grep -vE '^src/(source|priv)/'"
# Releases before 2.11 know no levels; those after it say where they stop early.
level=--check-level=exhaustive
cppcheck "$level" --version >/dev/null 2>&1 || level=
# shellcheck disable=SC2086
silent "cppcheck" cppcheck --quiet --std=c11 --enable=warning,performance,portability $level \
    --inline-suppr --suppress=missingIncludeSystem --error-exitcode=1 \
    -D_GNU_SOURCE -DVERSION='"x"' -DRUNDIR='"x"' \
    -DDEFAULT_INTERFACE='"x"' -Isrc src compat
# shellcheck disable=SC2086
# What yacc(1) writes is not ours to mend.
ours=$(echo "$sources" | sed 's,build/[a-z]*\.c,,')
silent "clang-tidy" sh -c "clang-tidy --quiet --warnings-as-errors='*' \
    $ours -- -std=c11 $system -Isrc '-DVERSION=\"x\"' '-DRUNDIR=\"x\"' \
    '-DDEFAULT_INTERFACE=\"x\"' 2>/dev/null"
done_testing
