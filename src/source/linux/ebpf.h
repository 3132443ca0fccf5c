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

#include "source/linux/ebpf_program.h"

struct ebpf;
struct sock_filter;
struct source_count;

/*
 * Makes what is counted with.  NULL and errno on failure.  The caller owns the
 * result; it is attached to nothing yet.
 */
struct ebpf *ebpf_open(const struct ebpf_what *);

/*
 * Attaches it to a socket, which keeps it from then on: what the classic
 * filter of n instructions accepts counts.  Of several sockets it counts the
 * sum.  0, or -1 and errno: ENOTSUP when the filter has no translation.
 */
int ebpf_attach(
    struct ebpf *, const struct sock_filter *filter, size_t n, int sock);

/*
 * Says why bytes cannot be counted, and what to do about it, after an errno of
 * ebpf_open or ebpf_attach.
 */
const char *ebpf_problem(int error);

/* It was attached to all: what only that needs is given back. */
void ebpf_complete(struct ebpf *);

/* Readable when the threshold was reached.  Owned by the ebpf. */
int ebpf_fd(const struct ebpf *);

/*
 * What it counted so far.  Takes the record away, so that ebpf_fd sleeps
 * again.
 */
void ebpf_count(struct ebpf *, struct source_count *);

/*
 * Sets the thresholds, sc_last aside; UINT64_MAX is never.  True when one has
 * been reached already: then no record comes for it.
 */
bool ebpf_arm(struct ebpf *, const struct source_count *thresholds);

/* See source_silence. */
bool ebpf_count_silences(
    struct ebpf *, size_t slot, uint64_t time, uint64_t since);

/* NULL is fine, and so is one half-built. */
void ebpf_close(struct ebpf *);

#endif
