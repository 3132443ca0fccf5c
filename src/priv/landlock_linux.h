/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Landlock: takes away access to files, TCP ports and other processes for good.
 * No effect on kernels and in containers without Landlock, where the seccomp
 * filter alone confines the watcher.  Failures end the process with a message.
 */
#ifndef LANDLOCK_LINUX_H
#define LANDLOCK_LINUX_H

/* Allows no file, no TCP port and no signal to other processes. */
void landlock_nothing(void);

/* Allows reading files, but not writing or executing them; TCP is allowed. */
void landlock_reading(void);

#endif
