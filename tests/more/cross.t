#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The whole tree compiles for every system with its own headers and all warnings
# as errors, for 64 and 32 bits and both byte orders; linking shows that each
# system has all functions. Objects stay in build/cross, so that only changed
# files are compiled again.
. tests/lib/live.sh
. tests/lib/copy.sh

: "${MAKE:=make}"
zig=${XDG_CACHE_HOME:-$HOME/.cache}/bpfstatsd/zig/bin/python
zig=$("$zig" -c 'import os, ziglang
print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))' 2>/dev/null) ||
    skip_all "no ziglang, \"dist/deps more\" installs it"
top=$PWD/build/cross
mkdir -p "$top/include" "$top/linux"

# Of the machine's headers, only those of these libraries.
cp -RLp /usr/include/pcap /usr/include/pcap.h "$top/include"
for header in bpf bsd cap-ng.h libmnl seccomp-syscalls.h seccomp.h; do
	find -L /usr/include -maxdepth 2 -name "$header" \
	    -exec cp -RLp {} "$top/linux" \;
done
# The libbsd headers come before the C library's and are system headers.
find "$top/linux/bsd" -name '*.h' -exec sed -i '1i\
#pragma GCC system_header
' {} +

# An empty libpcap for linking.
sed -n 's/.*[^a-z_]\(pcap_[a-z_]*\)(.*/void \1(void) {}/p' src/*.c src/*/*.c src/*/*/*.c |
    sort -u >"$top/pcap.c"
echo 'void bpf_filter(void) {}' >>"$top/pcap.c"

# build directory system goal compiler ...: prints nothing if the build
# succeeds.
build() {
	dir=$1 os=$2 goal=$3
	shift 3
	copy_sources "$dir"
	said=$($MAKE -s -k -j2 -C "$dir" OS="$os" CC="$*" PKG_CONFIG=false LDFLAGS="-L$dir" \
	    CFLAGS="-O1 -Werror -fno-sanitize=undefined" "$goal" 2>&1) ||
	    said="$said
failed"
	echo "$said" | grep -vE '^ |^[0-9]+ errors? generated' | head -n 20
}

# compiles system target flag ...: compiles without linking.
compiles() {
	os=$1 target=$2
	shift 2
	is "$(build "$top/$target" "$os" objects \
	    "$zig" cc -target "$target" "$@")" "" \
	    "$target compiles"
}

# links system target flag ...: compiles and links.
links() {
	os=$1 target=$2
	shift 2
	mkdir -p "$top/$target"
	"$zig" cc -target "$target" -w -c -o "$top/$target/pcap.o" \
	    "$top/pcap.c" &&
	    "$zig" ar rc "$top/$target/libpcap.a" "$top/$target/pcap.o"
	is "$(build "$top/$target" "$os" all \
	    "$zig" cc -target "$target" "$@")" "" \
	    "$target compiles and links"
}

own=$PWD/tests/cross
links OpenBSD x86_64-openbsd -isystem "$own/openbsd"
links FreeBSD x86_64-freebsd -isystem "$top/include"
links NetBSD x86_64-netbsd -isystem "$top/include"
links Darwin x86_64-macos -isystem "$top/include"
for target in x86 powerpc sparc64; do
	compiles OpenBSD $target-openbsd -isystem "$own/openbsd"
done
for target in x86 powerpc64; do
	compiles FreeBSD $target-freebsd -isystem "$top/include"
done
for target in arm powerpc sparc64; do
	compiles NetBSD $target-netbsd -isystem "$top/include"
done
compiles Darwin aarch64-macos -isystem "$top/include"
# This compiler knows DragonFly, but has none of its headers.
compiles DragonFly x86_64-dragonfly -ffreestanding -nostdinc \
    -I "$own/dragonfly" -isystem "${zig%/*}/lib/include" \
    -isystem "$top/include"
for target in x86-linux-gnu arm-linux-gnueabihf armeb-linux-musleabihf \
    s390x-linux-gnu; do
	compiles Linux $target -I "$top/linux/bsd" -isystem "$top/include" \
	    -isystem "$top/linux"
done
done_testing
