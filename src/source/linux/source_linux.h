/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: the kinds of sources, for the table in source_linux.c. */
#ifndef SOURCE_LINUX_H
#define SOURCE_LINUX_H

#include <stddef.h>

struct source;
struct source_conf;
struct source_message;
struct source_shared;

/* Implements source_open for a firewall log group, "nflog:" and a number. */
struct source *nflog_open(const struct source_conf *, char *err, size_t errlen);

/* Implements source_open for an interface name, or "any" for all. */
struct source *packet_open(
    const struct source_conf *, char *err, size_t errlen);

/* Implement source_receive. */
struct source *nflog_receive(const struct source_message *, const int *fds,
    size_t n, const struct source_shared *);
struct source *packet_receive(const struct source_message *, const int *fds,
    size_t n, const struct source_shared *);

#endif
