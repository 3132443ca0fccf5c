# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# macOS.
include mk/bpf.mk

CPPFLAGS_SYSTEM = -include compat/compat.h -include compat/setresid.h

COMPAT = compat/closefrom.o compat/pipe2.o compat/poll.o compat/socket.o
SYSLOG = src/base/log_syslog.o
OBJ_SYSTEM = ${OBJ_BPF} ${COMPAT} compat/setresid.o \
	src/priv/priv_exec_none.o src/priv/priv_none.o \
	src/runner/pdeath_none.o
