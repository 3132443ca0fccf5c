/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_INTTYPES_H
#define CROSS_INTTYPES_H

#include <stdint.h>

#define PRIu32 "u"
#define PRId64 "ld"
#define PRIu64 "lu"

#endif
