# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
include mk/bpf.mk

MANDIR = ${PREFIX}/man

# _OPENBSD_SOURCE declares strtonum(3).
CPPFLAGS_SYSTEM = -D_OPENBSD_SOURCE -include compat/setresid.h

SYSLOG = src/base/log_syslog_nowait.o
OBJ_SYSTEM = ${OBJ_BPF} compat/setresid.o \
	src/priv/priv_exec_none.o src/priv/priv_none.o \
	src/runner/pdeath_none.o
