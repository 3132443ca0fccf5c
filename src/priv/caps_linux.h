/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Capabilities of the process.  Failures end the process with a message. */
#ifndef CAPS_LINUX_H
#define CAPS_LINUX_H

#include <stdbool.h>

/* True if the capability is effective; root in a container may lack any. */
bool caps_may(unsigned int capability);

/* Drops all capabilities except the listed ones; the list ends with -1. */
void caps_drop(const int *kept);

/* Drops capabilities that neither the runner nor root's commands need. */
void caps_keep_roots(void);

#endif
