/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_NETDB_H
#define CROSS_NETDB_H

struct addrinfo;

#endif
