/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_NETINET_IN_H
#define CROSS_NETINET_IN_H

#define INET6_ADDRSTRLEN 46

struct in_addr;

#endif
