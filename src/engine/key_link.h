/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef KEY_LINK_H
#define KEY_LINK_H

#include "engine/key_extract.h"

/* Returns the form of packets of a link type, DLT_...; or KEY_LINK_OTHER. */
enum key_link key_link(int type);

#endif
