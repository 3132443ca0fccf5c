/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_TERMIOS_H
#define CROSS_TERMIOS_H

#include <sys/types.h>

pid_t tcgetsid(int);

#endif
