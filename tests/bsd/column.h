/* What systems do otherwise than others, in words that are not the model's. */
#ifndef COLUMN_H
#define COLUMN_H

#include <sys/types.h>

#include <net/bpf.h>

#include <stdbool.h>

struct column {
	const char *c_name;
	bool c_numbered;
	bool c_zero_clones;   /* /dev/bpf0 opens as /dev/bpf does */
	bool c_open_nonblock; /* open(2) takes O_NONBLOCK */
	u_int c_default, c_largest;
	int c_empty; /* errno of a read, 0: it returns 0 */
	bool c_no_filter_rejects;
	bool c_queued_wakes; /* BIOCIMMEDIATE after a packet */
	bool c_timer_wakes;  /* BIOCSRTIMEOUT, poll */
	bool c_tick_wakes;   /* the first packet, a tick after a poll began */
	bool c_locks, c_root_too;
	bool c_locked_fionbio; /* allowed after BIOCLOCK */
	bool c_recv_after;     /* bs_recv: after the direction check */
	bool c_loopback_in;    /* packets of lo0 are incoming, or outgoing */
	int c_gone_revents;    /* of a poll that waits, 0: it does not wake */
	int c_gone_read, c_gone_ioctl;
	bool c_poll;
};

/* The one that is tried; false when there is none of the name. */
extern const struct column *c;
bool column(const char *name);

/* Filters: all packets, and TCP on Ethernet. */
extern struct bpf_insn everything[1];
extern struct bpf_insn half[4];

/* Each as the system call that it makes. */
int device(void);
int ask(int fd, unsigned long request, u_int value);
int set_filter(int fd, struct bpf_insn *, u_int n);
int attach(int fd, const char *name);
struct bpf_stat statistics(int fd);
long long received(int fd);
long long dropped(int fd);

/* What poll(2), or select(2) where that does not do, says: 0 for nothing. */
int ready(int fd, int ms);

/* A device of em0 with this buffer and filter, NULL: none set. */
int attached(u_int size, bool immediate, struct bpf_insn *, u_int n);

/* Records that a read gives, checked; or what it returned, if not above 0. */
long long records(int fd);

#endif
