/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * State of a bpf(4) source, for its files: bpf_open.c opens the source,
 * bpf_read.c counts, bpf.c has the other functions of a source.
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
	/* The sources of the rule, see source_keys_feed; or this one alone. */
	struct source *const *b_sources;
	size_t b_nsources;
	struct source *b_self;
	struct source *const *b_keys; /* tables of the rule */
	size_t b_nkeys;
	/* State of bpf_read(). */
	uint64_t b_turn;	      /* time of the last call */
	unsigned int b_reads;	      /* read(2) with records in this call */
	struct bpf_records b_records; /* not counted yet */
	struct bpf_record b_record;   /* the next one, if b_more is true */
	uint64_t b_when;	      /* and its time, monotonic ns */
	bool b_more;
	struct bpf_tally b_tally; /* packets that were read */
	uint64_t b_dropped;	  /* packets that were not */
	uint64_t b_drops;	  /* last bs_drop of the device */
	struct listener b_listener;
	bool b_lost; /* SOURCE_GONE has not been returned yet */
};

extern const struct source_ops bpf_ops;

/*
 * Starts to count by a device, whose counters begin at zero, and takes it over.
 * Returns 0; or -1 and errno, and the device stays the caller's.
 */
int bpf_adopt(struct bpf *, const struct source_device *);

/*
 * Closes a device that has lost its interface, and asks for another; without an
 * opener, the source cannot count any more.
 */
void bpf_lose(struct bpf *);

/*
 * Counts the packets of the source and, in the order of time, of the others
 * that count in the same tables.
 */
void bpf_read(struct bpf *, uint64_t now);

/* Implements source_reopen. */
int bpf_open_again(struct source *, const struct source_conf *, const char *dir,
    struct source_device *, char *err, size_t errlen);

#endif
