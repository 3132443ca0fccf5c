# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# copy_sources directory [path ...]: copies the files of the build and the given
# paths with their times, so that objects built in the copy stay current.
copy_sources() {
	copy_to=$1
	shift
	mkdir -p "$copy_to"
	find Makefile mk src compat "$@" -name Makefile -o -name '*.mk' -o \
	    -name '*.[chy]' | tar -cf - -T - | tar -xf - -C "$copy_to"
}
