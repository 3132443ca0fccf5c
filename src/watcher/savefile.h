/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Reads a capture file by libpcap.  The content is untrusted: main opens the
 * file, and only the confined watcher reads it.
 */
#ifndef SAVEFILE_H
#define SAVEFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/order.h"

struct bpf_insn;
struct filter;
struct pcap;

struct savefile {
	int sf_fd;
	bool (*sf_wait)(void *); /* see savefile_begin */
	void *sf_arg;		 /* argument of sf_wait */
	struct pcap *sf_pcap;
	int sf_linktype;	      /* DLT_... */
	bool sf_swapped;	      /* foreign byte order */
	struct bpf_insn **sf_filters; /* owned; NULL: all packets count */
	size_t sf_nfilters;
	bool sf_started;	   /* at least a byte was read */
	bool sf_ended;		   /* end of file was read */
	enum order_place sf_place; /* after an error: kind of error */
	int sf_error;		   /* errno of a failed read, else 0 */
};

enum savefile_got {
	SAVEFILE_ERROR = -1, /* see sf_place and sf_error */
	SAVEFILE_END,
	SAVEFILE_PACKET
};

/*
 * Opens a file for reading; "-" is standard input.  Returns a descriptor;
 * prints the reason and exits on failure.
 */
int savefile_open(const char *path);

/*
 * Reads the file header of `fd`.  Before each read, wait(arg) waits until `fd`
 * is readable; false ends the file.  Returns 0, or SAVEFILE_ERROR.
 */
int savefile_begin(struct savefile *, int fd, bool (*wait)(void *), void *arg);

/* Adds a filter, with the next number.  Returns 0, or SAVEFILE_ERROR. */
int savefile_filter(struct savefile *, const struct filter *);

/* A packet; one that no filter accepts still advances the time. */
struct savefile_packet {
	uint64_t sp_time;	      /* ns since 1970 */
	uint32_t sp_bytes;	      /* on the wire */
	uint32_t sp_captured;	      /* bytes of sp_data */
	const unsigned char *sp_data; /* valid until the next packet */
};

enum savefile_got savefile_next(struct savefile *, struct savefile_packet *);

/* Returns true if the filter of this number accepts the packet. */
bool savefile_accepts(
    const struct savefile *, size_t filter, const struct savefile_packet *);

#endif
