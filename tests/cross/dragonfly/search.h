/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_SEARCH_H
#define CROSS_SEARCH_H

void *tsearch(const void *, void **, int (*)(const void *, const void *));
void *tdelete(
    const void *restrict, void **restrict, int (*)(const void *, const void *));

void *tfind(const void *, void *const *, int (*)(const void *, const void *));

#endif
