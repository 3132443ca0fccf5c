/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Functions that the files of the preloaded library share. */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>

struct device;

/* Returns the device of a descriptor, or NULL; preserves errno. */
struct device *model_device(int fd);

/* Counts a call of this process; does nothing without a model. */
void model_count(int call);

/* Reads the datagrams that announce packets.  The caller holds the lock. */
void model_drain(int fd, struct device *);

#endif
