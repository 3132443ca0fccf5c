/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Of procctl(2) what asks for nothing that the model has to do. */
#ifndef PROCCTL_COMMON_H
#define PROCCTL_COMMON_H

#include <sys/types.h>
#include <sys/wait.h>

#define PROC_TRACE_CTL	       7
#define PROC_TRACE_CTL_ENABLE  1
#define PROC_TRACE_CTL_DISABLE 2
#define PROC_PDEATHSIG_CTL     11

#pragma GCC visibility push(default)
int procctl(idtype_t, id_t, int command, void *arg);
#pragma GCC visibility pop

#endif
