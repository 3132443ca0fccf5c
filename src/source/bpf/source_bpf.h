/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The kinds of sources of the BSDs and macOS. */
#ifndef SOURCE_BPF_H
#define SOURCE_BPF_H

#include <stddef.h>

struct source;
struct source_conf;
struct source_message;
struct source_shared;

/* Opens an interface; see source_open. */
struct source *bpf_open_source(
    const struct source_conf *, char *err, size_t errlen);

/* Implements source_receive. */
struct source *bpf_receive_source(const struct source_message *, const int *fds,
    size_t n, const struct source_shared *);

#endif
