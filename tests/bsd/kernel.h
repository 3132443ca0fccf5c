/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The kernel of the model: a shared memory, and functions that change it.
 * Processes with the preloaded library open, read and poll devices; the program
 * offer is the network.  Each system's behaviour is in flavour.h, the interface
 * in net/bpf.h.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <net/bpf.h>
#include <net/if.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "flavour.h"

/* Environment variable: path of the shared memory. */
#define KERNEL_ENV "BPF_MODEL"

/* Fewer devices if buffers may be large, since all of them are mapped. */
#define DEVICES	 (FL_BUFFER_MAX > (2U << 20) ? 3 : 8)
#define IFACES	 8
#define ROUTES	 16
#define PROCS	 64
#define INSTANTS 4096 /* a power of two */
#define LATES	 65536
#define NEVER	 UINT64_MAX
#define SECOND	 UINT64_C(1000000000)

enum {
	IN,
	OUT
};

/* FL_WAIT: when a device with a buffer that is not full becomes readable. */
enum {
	WAIT_TICK,  /* at a packet a tick after the timeout of a poll */
	WAIT_STATE, /* at the next packet, or a delay after the first packet */
	WAIT_TIMER  /* at the timeout of a poll, which any ioctl cancels */
};

struct iface {
	char if_name[IFNAMSIZ]; /* empty: unused */
	unsigned int if_dlt;
	short if_flags;
	int if_direction; /* of all packets; -1: both directions */
};

struct mark {
	uint64_t m_count; /* d_capt at the packet */
	uint64_t m_time;  /* monotonic ns */
};

struct device {
	/* Unchanged by close(2); reset by open(2). */
	int d_iface; /* -1: none */
	bool d_gone; /* interface was destroyed */
	bool d_locked;
	bool d_immediate;
	uint32_t d_size;
	bool d_leave_out[2];
	unsigned int d_insns; /* 0: no filter */
	struct bpf_insn d_filter[BPF_MAXINSNS];
	uint64_t d_recv;
	uint64_t d_drop;
	uint64_t d_capt;
	/* Buffer d_store is the store; the other one is the hold. */
	int d_store;
	uint32_t d_len[2];
	bool d_notified;	 /* datagram waits in the socket */
	uint64_t d_timeout;	 /* BIOCSRTIMEOUT, ns; 0: none */
	uint64_t d_delay;	 /* BIOCSWTIMEOUT, ns; NEVER: none */
	uint64_t d_waits_since;	 /* start of a poll; 0: none */
	bool d_timed_out;	 /* timeout or delay has passed */
	uint64_t d_stored_since; /* WAIT_STATE: start of d_delay; 0: none */
	/* Delays of reads, for tests. */
	uint64_t d_held; /* d_capt when the hold was filled */
	struct mark d_marks[64];
	unsigned int d_first_mark, d_last_mark;
};

enum call {
	CALL_POLL,
	CALL_READ,
	CALL_IOCTL,
	CALL_OPEN,
	CALLS
};

struct proc {
	pid_t p_pid;
	uint64_t p_calls[CALLS];
	/*
	 * Times of wake-ups: returns of poll because of a device or the time,
	 * not because of messages of other processes.
	 */
	uint64_t p_instants[INSTANTS];
	uint64_t p_first, p_last; /* wake-ups of the last second */
	uint64_t p_most;	  /* maximum in any second */
};

struct kernel {
	pthread_mutex_t k_lock;
	int k_waiting;	/* processes that wait for k_lock */
	char k_tag[32]; /* part of all addresses */
	struct iface k_ifaces[IFACES];
	struct device k_devices[DEVICES];
	struct proc k_procs[PROCS];
	uint64_t k_violations; /* of pledge(2) or capsicum(4) */
	/* Limits of a descriptor in transit to another process. */
	bool k_passes;
	unsigned char k_passed[160];
	/* Delays of the reads of each k_every th packet, ns. */
	uint64_t k_every;
	unsigned int k_nlates;
	uint64_t k_lates[LATES];
	_Alignas(4096) unsigned char k_bufs[DEVICES][2][FL_BUFFER_MAX];
};

extern struct kernel *kernel;

/* Maps the memory, or creates it.  Returns false and errno on failure. */
bool kernel_map(const char *path, bool create);
void kernel_lock(void);
void kernel_unlock(void);
/* Yields to processes that wait for the lock. */
void kernel_yield(void);
/* Returns the monotonic time, ns. */
uint64_t kernel_now(void);

/* Address of a device's socket ("bpf") or a routing socket ("route"). */
socklen_t kernel_address(struct sockaddr_un *, const char *kind, int unit);

/* The caller of the following functions holds the lock. */

/* Count a system call or a wake-up of a process. */
void kernel_count(pid_t, enum call);
void kernel_wakeup(pid_t);

/* device.c: results as of the system calls.  *wait: there was no packet. */
void device_reset(struct device *);
int device_ioctl(struct device *, unsigned long request, void *arg);
ssize_t device_read(struct device *, void *buf, size_t len, bool *wait);
/* Returns the revents of poll(2); lowers *until to the next timeout. */
short device_poll(struct device *, short events, uint64_t *until);
/* Starts the timeout of a poll. */
void device_poll_begins(struct device *);

/*
 * catch.c: a device receives a packet.  Returns true if a poll that waits must
 * look again.
 */
bool device_catch(struct device *, int direction, const unsigned char *,
    uint32_t len, uint64_t now);
/* Makes the store the hold, which must be free. */
void device_rotate(struct device *);
unsigned char *device_buffer(const struct device *, int which);

#endif
