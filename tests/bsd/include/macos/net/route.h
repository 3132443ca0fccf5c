/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef _NET_ROUTE_H_
#define _NET_ROUTE_H_

#include "../../route_common.h"

#endif
