# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# The systems with bpf(4): the BSDs and macOS.
RUNDIR = /var/run
DEFAULT_INTERFACE = pflog0

LDLIBS = -lpcap

OBJ_BPF = src/base/anonfile_tmp.o src/filter/filter_live_none.o \
	src/opener/devices_bpf.o \
	src/runner/sdnotify_none.o src/runner/spawn_bsd.o \
	src/source/bpf/bpf.o \
	src/source/bpf/bpf_open.o src/source/bpf/bpf_read.o \
	src/source/bpf/device.o src/source/bpf/ifnotify_route.o \
	src/source/bpf/keys_bpf.o \
	src/source/bpf/records.o src/source/bpf/source_bpf.o
