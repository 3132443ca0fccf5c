/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_SYS_PROCCTL_H
#define CROSS_SYS_PROCCTL_H

#include <sys/types.h>

typedef enum idtype {
	P_PID,
	P_PPID,
	P_PGID
} idtype_t;

#define PROC_REAP_ACQUIRE  1
#define PROC_PDEATHSIG_CTL 4

int procctl(idtype_t, id_t, int, void *);

#endif
