/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: the kinds of sources, for the table in source_linux.c. */
#ifndef SOURCE_LINUX_H
#define SOURCE_LINUX_H

#include <stdbool.h>
#include <stddef.h>

struct source;
struct source_conf;
struct source_message;
struct source_shared;

/* Implements source_open for a firewall log group, "nflog:" and a number. */
struct source *nflog_open(const struct source_conf *, char *err, size_t errlen);

/* Implements source_open for an interface name, or "any" for all. */
struct source *tapped_open(
    const struct source_conf *, char *err, size_t errlen);

/*
 * The same, for the link type DLT_..., without an extended filter.  why: the
 * errno of the extended filter.
 */
struct source *packet_open(
    const struct source_conf *, int link, int why, char *err, size_t errlen);

/* Writes why no packet socket can be opened, by errno. */
void packet_explain(const char *name, char *err, size_t errlen);

/* Implements source_shared_start, if there are slots. */
int tapped_start(
    const struct source_shared *, bool wait, struct source **which);

/* Implement source_receive. */
struct source *nflog_receive(const struct source_message *, const int *fds,
    size_t n, const struct source_shared *);
struct source *tapped_receive(const struct source_message *, const int *fds,
    size_t n, const struct source_shared *);
struct source *packet_receive(const struct source_message *, const int *fds,
    size_t n, const struct source_shared *);

#endif
