#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Builds with the other compiler, make and C library of Linux; all other tests
# use gcc, GNU make and glibc.
. tests/lib/live.sh
. tests/lib/copy.sh

[ "$(uname -s)" = Linux ] || skip_all "Linux only"
for tool in bmake clang musl-gcc; do
	command -v "$tool" >/dev/null ||
	    skip_all "there is no $tool, \"dist/deps more\" installs it"
done
top=$PWD/build/other
mkdir -p "$top/include" "$top/clang" "$top/musl"

copy_sources "$top/clang" tests
said=$(cd "$top/clang" && bmake -s -j2 CC=clang \
    CFLAGS="-O2 -Werror" all tests 2>&1)
is "$said" "" "bmake and clang build the program and its tests"
like "$("$top/clang/bpfstatsd" -V)" '^bpfstatsd [0-9]' \
    "the program built by clang runs"

# Only the system headers that musl lacks.
for header in asm asm-generic bpf bsd cap-ng.h libmnl linux pcap pcap.h \
    seccomp-syscalls.h seccomp.h; do
	for place in "/usr/include/$(gcc -print-multiarch)" /usr/include; do
		[ ! -e "$place/$header" ] ||
		    ln -sfn "$place/$header" "$top/include/$header"
	done
done

copy_sources "$top/musl"
said=$(make -s -j2 -C "$top/musl" PKG_CONFIG=false \
    CC="musl-gcc -isystem $top/include -isystem $top/include/bsd" \
    CFLAGS="-O2 -Werror" objects 2>&1)
is "$said" "" "the program compiles with musl"

# musl has no such libraries here; their functions are known from the system's.
cd "$top/musl" || exit 1
objects=$(MAKEFLAGS='' make -s list)
# shellcheck disable=SC2086
{
	libraries=$(ldd "$top/clang/bpfstatsd" |
	    sed -n 's/^.* => \([^ ]*lib\(bpf\|bsd\|cap-ng\|mnl\|pcap\|seccomp\)[.][^ ]*\) .*/\1/p')
	nm -D --defined-only $libraries
	nm -g --defined-only $objects \
	    "$(musl-gcc -print-file-name=libc.a)" \
	    "$(musl-gcc -print-file-name=crt1.o)" 2>/dev/null
} | sed -n 's/^[0-9a-f]* [A-Za-z] \([^@]*\).*/\1/p' | sort -u >defined
# The linker itself makes the global offset table of position-independent code.
# shellcheck disable=SC2086
nm -u $objects | sed -n 's/^ *[Uw] //p' |
    grep -vx _GLOBAL_OFFSET_TABLE_ | sort -u >wanted
is "$(grep -c . wanted | grep -v '^[0-9]$')" "$(grep -c . wanted)" \
    "the program uses external functions"
is "$(comm -13 defined wanted)" "" \
    "musl or a library has all functions that it uses"
done_testing
