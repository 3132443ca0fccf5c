# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
include mk/bpf.mk

SYSLOG = src/base/log_syslog_nowait.o
OBJ_SYSTEM = ${OBJ_BPF} \
	src/priv/priv_exec_none.o src/priv/priv_none.o \
	src/runner/pdeath_procctl.o
