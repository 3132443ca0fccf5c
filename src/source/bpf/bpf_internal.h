/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * State of a bpf(4) source, for its files: bpf_open.c opens the source, bpf.c
 * counts.
 */
#ifndef BPF_INTERNAL_H
#define BPF_INTERNAL_H

#include <sys/types.h>
#include <sys/socket.h>

#include <net/if.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/bpf/device.h"
#include "source/bpf/records.h"
#include "source/listener.h"
#include "source/source.h"
#include "source/source_kind.h"

struct bpf {
	struct source b_source; /* first member: casts to struct bpf */
	char b_name[IFNAMSIZ];
	int b_device;	 /* -1: no interface */
	int b_notice;	 /* ss_notice */
	bool b_forsaken; /* no opener: a lost interface ends the daemon */
	struct bpf_compiled b_compiled; /* filter */
	char *b_buffer;			/* for read(2) */
	size_t b_buflen;		/* bytes */
	int b_link;			/* link type, DLT_... */
	struct bpf_tally b_tally;	/* packets that were read */
	uint64_t b_dropped;		/* packets that were not */
	uint64_t b_drops;		/* last bs_drop of the device */
	struct listener b_listener;
	bool b_lost; /* SOURCE_GONE has not been returned yet */
};

extern const struct source_ops bpf_ops;

/*
 * Starts to count by a device, whose counters begin at zero, and takes it over.
 * Returns 0; or -1 and errno, and the device stays the caller's.
 */
int bpf_adopt(struct bpf *, const struct source_device *);

/* Implements source_reopen. */
int bpf_open_again(struct source *, const struct source_conf *, const char *dir,
    struct source_device *, char *err, size_t errlen);

#endif
