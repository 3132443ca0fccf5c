/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The BSDs and macOS: opens bpf(4) devices and attaches them to interfaces. */
#ifndef DEVICE_H
#define DEVICE_H

#include <stddef.h>

struct filter_insn;
struct source_conf;
struct source_device;

/* Directory of the devices. */
#define BPF_DEVICES "/dev"

/*
 * Bytes of the buffer to ask for; the kernel may give less.  Holds more than
 * 10,000 packets, or 3000 that are counted by key, for the ms between two
 * wake-ups.  Packets that do not fit are counted, but not their bytes and keys.
 */
#define BPF_BUFFER (512U << 10)

/* A compiled filter. */
struct bpf_compiled {
	int bc_link;   /* link type, DLT_...; -1: not compiled yet */
	size_t bc_len; /* instructions; 0: all packets */
	struct filter_insn *bc_insns;
};

/*
 * Compiles the source's filter for a link type, unless *c is compiled for that
 * type already.  Returns 0; or -1 and errno with the reason in err, and *c is
 * unchanged.
 */
int device_compile(struct bpf_compiled *c, const struct source_conf *, int link,
    char *err, size_t errlen);

/*
 * Opens a free device of the directory and attaches it to the interface, which
 * starts to count the packets that filter and direction accept; locks the
 * device where BIOCLOCK exists.  Returns 0, and the device with a non-blocking
 * descriptor, owned by the caller.  Returns -1 and errno on failure, with the
 * reason and the remedy in err; ENXIO: the interface does not exist.
 */
int device_open(const char *dir, const struct source_conf *,
    struct bpf_compiled *, struct source_device *, char *err, size_t errlen);

#endif
