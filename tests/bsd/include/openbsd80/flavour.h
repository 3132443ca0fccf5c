/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* OpenBSD 8.0-beta, measured: as 7.8, but BIOCLOCK binds root, too. */
#include "../openbsd/flavour.h"

#undef FL_LOCK_BINDS_ROOT
#define FL_LOCK_BINDS_ROOT 1
