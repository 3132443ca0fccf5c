/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_NET_ROUTE_H
#define CROSS_NET_ROUTE_H

#define RTM_IFINFO     0xe
#define RTM_IFANNOUNCE 0x11

#endif
