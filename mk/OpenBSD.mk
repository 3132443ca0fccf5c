# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
include mk/bpf.mk

MANDIR = ${PREFIX}/man

# Set-user-ID root, as the original is; BINMODE=0755 installs it without.
BINMODE = 4755
BINOWNER = -o root -g wheel

SYSLOG = src/base/log_syslog.o
OBJ_SYSTEM = ${OBJ_BPF} src/priv/priv_openbsd.o src/runner/pdeath_none.o
