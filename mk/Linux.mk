# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# Linux: packet sockets, log groups and eBPF.
RUNDIR = /run
DEFAULT_INTERFACE = nflog:0

# Where the libraries are differs by distribution and release, so pkg-config
# says it, once for each run of make.  Without it these are the usual flags.
PKG_CONFIG = pkg-config
LIBRARIES = libpcap libbpf libmnl libseccomp libcap-ng libbsd-overlay
PKG_CFLAGS != ${PKG_CONFIG} --cflags ${LIBRARIES} 2>/dev/null || \
	echo -DLIBBSD_OVERLAY -isystem /usr/include/bsd
PKG_LIBS != ${PKG_CONFIG} --libs ${LIBRARIES} 2>/dev/null || \
	echo -lpcap -lbpf -lmnl -lseccomp -lcap-ng -lbsd
PKG_LIBS_CTL != ${PKG_CONFIG} --libs libbsd-overlay 2>/dev/null || echo -lbsd

CPPFLAGS_SYSTEM = -D_GNU_SOURCE ${PKG_CFLAGS}
LDFLAGS_SYSTEM = -Wl,-z,relro -Wl,-z,now
LDLIBS = ${PKG_LIBS}
LDLIBS_CTL = ${PKG_LIBS_CTL}

SYSLOG = src/base/log_syslog_nowait.o
OBJ_SYSTEM = src/base/anonfile_memfd.o src/filter/filter_live_linux.o \
	src/opener/devices_none.o \
	src/priv/caps_linux.o src/priv/landlock_linux.o \
	src/priv/priv_exec_none.o src/priv/priv_linux.o \
	src/runner/pdeath_linux.o src/runner/sdnotify_linux.o \
	src/runner/spawn_linux.o \
	src/source/linux/cbpf.o src/source/linux/ebpf.o \
	src/source/linux/ebpf_clock.o src/source/linux/ebpf_insn.o \
	src/source/linux/ebpf_key.o src/source/linux/ebpf_key_code.o \
	src/source/linux/ebpf_key_ip.o \
	src/source/linux/ebpf_key_message.o \
	src/source/linux/ebpf_load.o src/source/linux/ebpf_metadata.o \
	src/source/linux/ebpf_count.o src/source/linux/ebpf_keyed.o \
	src/source/linux/ebpf_keyed_choose.o \
	src/source/linux/ebpf_keyed_claim.o \
	src/source/linux/ebpf_keyed_sum.o \
	src/source/linux/ebpf_keyed_code.o src/source/linux/ebpf_keyed_find.o \
	src/source/linux/ebpf_keyed_below.o \
	src/source/linux/ebpf_keyed_rate.o \
	src/source/linux/keyed_source.o src/source/linux/keyed_events.o \
	src/source/linux/keyed_slot.o src/source/linux/keyed_idle.o \
	src/source/linux/keyed_maps.o src/source/linux/keyed_memory.o \
	src/source/linux/ebpf_nflog.o \
	src/source/linux/ebpf_silence.o src/source/linux/ebpf_program.o \
	src/source/linux/ebpf_segments.o \
	src/source/linux/ebpf_translate.o src/source/linux/ebpf_window.o \
	src/source/linux/interface.o src/source/linux/source_linux.o \
	src/source/linux/linktype.o src/source/linux/nflog.o \
	src/source/linux/packet.o src/source/linux/packet_socket.o \
	src/source/linux/slot.o src/source/linux/slots.o \
	src/source/linux/tap.o src/source/linux/tap_program.o \
	src/source/linux/tapped.o src/source/linux/tapped_open.o \
	src/source/linux/translation.o \
	src/source/linux/socket_counter.o
