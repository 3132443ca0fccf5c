/*
 * Linux: a socket filter in extended BPF that counts packets in the kernel.
 * It copies none.  When the count reaches a threshold it writes one record to
 * a ring buffer, which makes a descriptor readable, and forgets the threshold.
 *
 * A packet is one on the wire: of an aggregated buffer (GRO, GSO) each segment
 * counts.
 *
 * Needs Linux 5.12 (atomic fetch) and CAP_BPF.
 */
#ifndef EBPF_H
#define EBPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ebpf;
struct sock_filter;

/*
 * Makes the program and its maps.  What the classic filter of n instructions
 * accepts counts.  NULL and errno on failure.  The caller owns the result; the
 * program is attached to nothing yet.
 */
struct ebpf *ebpf_open(const struct sock_filter *filter, size_t n);

/*
 * Attaches it to a socket, which keeps it from then on; -1 and errno.  To be
 * called once.
 */
int ebpf_attach(struct ebpf *, int sock);

/* Readable when the threshold was reached.  Owned by the ebpf. */
int ebpf_fd(const struct ebpf *);

/* Packets so far.  Takes the record away, so that ebpf_fd sleeps again. */
uint64_t ebpf_count(struct ebpf *);

/*
 * Sets the threshold; UINT64_MAX is never.  True when it has been reached
 * already: then no record comes for it.
 */
bool ebpf_arm(struct ebpf *, uint64_t threshold);

/* NULL is fine, and so is one half-built. */
void ebpf_close(struct ebpf *);

#endif
