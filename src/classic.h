/* Linux: the classic program that says which packets count. */
#ifndef CLASSIC_H
#define CLASSIC_H

#include <linux/filter.h>

#include <stddef.h>

#include "source.h"

struct filter;

struct classic {
	size_t cl_len;
	struct sock_filter cl_insns[BPF_MAXINSNS];
};

/*
 * Packets of this direction that the filter accepts; each packet of loopback
 * once, though it leaves and arrives there.  It returns 1 for them, since no
 * more than a byte of them is of use, and 0 for others.
 */
void classic_build(
    struct classic *, enum source_direction, const struct filter *);

#endif
