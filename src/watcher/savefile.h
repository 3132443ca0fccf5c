/*
 * A capture file, as libpcap reads it.  What is in it is not to be trusted:
 * all but the opening is for the watcher.
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
	/* Waits until it can be read; false: read no more. */
	bool (*sf_wait)(void *);
	void *sf_arg;
	struct pcap *sf_pcap;
	int sf_linktype;	    /* DLT_... */
	bool sf_swapped;	    /* its byte order is not this machine's */
	struct bpf_insn *sf_filter; /* NULL: everything counts */
	bool sf_started;	    /* something was in it */
	bool sf_ended;
	/* What was wrong. */
	enum order_place sf_place;
	int sf_error; /* an errno, or 0 */
};

enum savefile_got {
	SAVEFILE_ERROR = -1, /* sf_place and sf_error say why */
	SAVEFILE_END,
	SAVEFILE_PACKET
};

/* "-" is standard input.  Or exits, having said why. */
int savefile_open(const char *path);

/* Reads the head.  0, or -1 as SAVEFILE_ERROR. */
int savefile_begin(struct savefile *, int fd, bool (*wait)(void *), void *arg);

/* Let only these packets count.  0, or -1 as SAVEFILE_ERROR. */
int savefile_filter(struct savefile *, const struct filter *);

/* One that does not count still tells that its time has come. */
struct savefile_packet {
	uint64_t sp_time; /* nanoseconds since 1970 */
	uint64_t sp_bytes;
	bool sp_counts;
};

enum savefile_got savefile_next(struct savefile *, struct savefile_packet *);

#endif
