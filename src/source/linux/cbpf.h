/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: the classic BPF program that selects packets. */
#ifndef CBPF_H
#define CBPF_H

#include <linux/filter.h>

#include <stdbool.h>
#include <stddef.h>

#include "source/source.h"

struct cbpf {
	bool cb_any;	  /* the program is the same for every link type */
	size_t cb_filter; /* first instruction of the filter, behind the
			     direction */
	size_t cb_len;	  /* instructions */
	struct sock_filter cb_insns[BPF_MAXINSNS];
};

/*
 * Builds the program for a link type, DLT_....  The program accepts the packets
 * of the direction that the filter accepts, and a loopback packet on arrival
 * only, although the packet leaves there, too.  The program returns 1 for
 * accepted packets, the number of bytes to copy, and 0 for others.  Returns 0,
 * or -1 with the reason in err.
 */
int cbpf_build(struct cbpf *, const struct source_conf *, int link, char *err,
    size_t errlen);

/* Returns true if the program jumps back, which the kernel rejects. */
bool cbpf_loops(const struct cbpf *);

/* Returns true if the filter loads the interface's type, as link[8:2] does. */
bool cbpf_asks_type(const struct cbpf *);

#endif
