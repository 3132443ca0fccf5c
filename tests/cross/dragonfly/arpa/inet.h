/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_ARPA_INET_H
#define CROSS_ARPA_INET_H

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

const char *inet_ntop(int, const void *, char *, socklen_t);

#endif
