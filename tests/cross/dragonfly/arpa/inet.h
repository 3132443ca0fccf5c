/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_ARPA_INET_H
#define CROSS_ARPA_INET_H

#include <netinet/in.h>

#endif
