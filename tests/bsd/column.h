/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The table of facts: a column of differences for each system. */
#ifndef COLUMN_H
#define COLUMN_H

#include <sys/types.h>

#include <net/bpf.h>

#include <stdbool.h>

struct column {
	const char *c_name;
	bool c_numbered;	    /* no cloning device */
	bool c_zero_clones;	    /* /dev/bpf0 opens as /dev/bpf does */
	bool c_open_nonblock;	    /* open(2) takes O_NONBLOCK */
	u_int c_default, c_largest; /* bytes of the buffer */
	int c_empty; /* errno of a read without packets; 0: returns 0 */
	bool c_no_filter_rejects;
	bool c_queued_wakes; /* BIOCIMMEDIATE applies to queued packets */
	bool c_timer_wakes;  /* BIOCSRTIMEOUT wakes a poll */
	bool c_tick_wakes; /* a packet a tick after the start of a poll wakes */
	bool c_locks, c_root_too; /* BIOCLOCK exists; applies to root */
	bool c_locked_fionbio;	  /* allowed after BIOCLOCK */
	bool c_recv_after;	  /* bs_recv counts after the direction check */
	bool c_loopback_in; /* packets of lo0 are incoming, not outgoing */
	int c_gone_revents; /* of a poll at the end of the interface; 0: none */
	int c_gone_read, c_gone_ioctl; /* errno afterwards; 0: no error */
	bool c_poll; /* poll(2) supports devices, not only select(2) */
};

/* The column to test.  column() selects it; false: unknown name. */
extern const struct column *c;
bool column(const char *name);

/* Filters: all packets, and TCP on Ethernet. */
extern struct bpf_insn everything[1];
extern struct bpf_insn half[4];

/* Each makes one system call, and returns its result. */
int device(void);
int ask(int fd, unsigned long request, u_int value);
int set_filter(int fd, struct bpf_insn *, u_int n);
int attach(int fd, const char *name);
struct bpf_stat statistics(int fd);
long long received(int fd);
long long dropped(int fd);

/* Returns the events of poll(2), or of select(2) without c_poll; 0: none. */
int ready(int fd, int ms);

/* Opens a device, attached to em0; NULL: no filter. */
int attached(u_int size, bool immediate, struct bpf_insn *, u_int n);

/* Reads once and checks the records; returns their number, or read's result. */
long long records(int fd);

#endif
