/*
 * The model's kernel: its memory, which all processes share, and what happens
 * in it.  The processes that have the library preloaded open, read and wait;
 * the program offer is the network.  What a system does otherwise than others
 * is in its flavour.h, the words are those of its net/bpf.h.
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

/* The file that is the memory. */
#define KERNEL_ENV "BPF_MODEL"

/* Fewer devices where buffers may be large: they are all mapped. */
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

/* What makes a device readable whose buffer is not full (FL_WAIT). */
enum {
	WAIT_TICK,  /* a packet, a tick and the timeout after a poll began */
	WAIT_STATE, /* immediate: the next packet; or a time after the first */
	WAIT_TIMER  /* the timeout after a poll began; an ioctl cancels it */
};

struct iface {
	char if_name[IFNAMSIZ]; /* empty: none */
	unsigned int if_dlt;
	short if_flags;
	int if_direction; /* of all its packets, -1: they have both */
};

struct mark {
	uint64_t m_count; /* of accepted packets */
	uint64_t m_time;
};

struct device {
	/* What close(2) of the last descriptor leaves; open(2) clears it. */
	int d_iface; /* -1: none */
	bool d_gone; /* it was destroyed */
	bool d_locked;
	bool d_immediate;
	uint32_t d_size;
	bool d_leave_out[2];
	unsigned int d_insns; /* 0: no filter */
	struct bpf_insn d_filter[BPF_MAXINSNS];
	uint64_t d_recv;
	uint64_t d_drop;
	uint64_t d_capt;
	/* The store is d_buf[d_store], the other is the hold, or free: 0. */
	int d_store;
	uint32_t d_len[2];
	bool d_notified; /* a datagram waits in its socket */
	/* Waiting. */
	uint64_t d_timeout;	 /* BIOCSRTIMEOUT, 0: none */
	uint64_t d_delay;	 /* BIOCSWTIMEOUT, NEVER: none */
	uint64_t d_waits_since;	 /* a poll, 0: none */
	bool d_timed_out;	 /* or WAIT_STATE's: done */
	uint64_t d_stored_since; /* WAIT_STATE: the timer, 0: none */
	/* For tests. */
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
	 * Returns of poll by a device or by time, not by what other processes
	 * say: the last ones, and the most in any second.
	 */
	uint64_t p_instants[INSTANTS];
	uint64_t p_first, p_last;
	uint64_t p_most;
};

struct kernel {
	pthread_mutex_t k_lock;
	int k_waiting; /* for the lock */
	char k_tag[32];
	struct iface k_ifaces[IFACES];
	struct device k_devices[DEVICES];
	struct proc k_procs[PROCS];
	uint64_t k_violations;
	/* The limits of a descriptor on its way to another process. */
	bool k_passes;
	unsigned char k_passed[160];
	/* How late each k_every th packet was read, in nanoseconds. */
	uint64_t k_every;
	unsigned int k_nlates;
	uint64_t k_lates[LATES];
	_Alignas(4096) unsigned char k_bufs[DEVICES][2][FL_BUFFER_MAX];
};

extern struct kernel *kernel;

/* Maps the memory; makes it when create is true.  False and errno. */
bool kernel_map(const char *path, bool create);
void kernel_lock(void);
void kernel_unlock(void);
/* Lets those have it who wait for it. */
void kernel_yield(void);
uint64_t kernel_now(void);

/* The address of a device's socket, or of a routing socket. */
socklen_t kernel_address(struct sockaddr_un *, const char *kind, int unit);

/* What follows needs the lock. */

void kernel_count(pid_t, enum call);
void kernel_wakeup(pid_t);

/* device.c: 0 or -1 and errno, as the system calls. */
void device_reset(struct device *);
int device_ioctl(struct device *, unsigned long request, void *arg);
ssize_t device_read(struct device *, void *buf, size_t len, bool *wait);
/* What poll(2) would give; until when to wait at most. */
short device_poll(struct device *, short events, uint64_t *until);
/* A poll begins. */
void device_poll_begins(struct device *);

/*
 * catch.c: a packet, whole, at the time now.  True when one who waits in poll
 * has to look again.
 */
bool device_catch(struct device *, int direction, const unsigned char *,
    uint32_t len, uint64_t now);
void device_rotate(struct device *);
unsigned char *device_buffer(const struct device *, int which);

#endif
