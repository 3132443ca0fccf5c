/* Linux: the classic program that says which packets count. */
#ifndef CBPF_H
#define CBPF_H

#include <linux/filter.h>

#include <stdbool.h>
#include <stddef.h>

#include "source/source.h"

struct cbpf {
	bool cb_any; /* the same for every type of link */
	size_t cb_len;
	struct sock_filter cb_insns[BPF_MAXINSNS];
};

/*
 * Packets of the direction that the filter accepts on this type of link,
 * DLT_...; each packet of loopback once, though it leaves and arrives there.
 * It returns 1 for them, since no more than a byte of them is of use, and 0
 * for others.  0, or -1 and what is wrong in err.
 */
int cbpf_build(struct cbpf *, const struct source_conf *, int link, char *err,
    size_t errlen);

/* Whether it jumps back, which no kernel allows. */
bool cbpf_loops(const struct cbpf *);

/* True if the filter asks for the interface's type, as link[8:2] does. */
bool cbpf_asks_type(const struct cbpf *);

#endif
