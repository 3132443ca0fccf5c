/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_SYS_PARAM_H
#define CROSS_SYS_PARAM_H

#include <sys/types.h>

#endif
