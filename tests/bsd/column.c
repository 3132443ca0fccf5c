/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The table of facts, and functions to query a device. */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <net/bpf.h>
#include <net/if.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "column.h"

static const struct column columns[] = {
	{ .c_name = "openbsd51",
	    .c_numbered = true,
	    .c_default = 32768,
	    .c_largest = 2 << 20,
	    .c_queued_wakes = true,
	    .c_tick_wakes = true,
	    .c_locks = true,
	    .c_gone_revents = POLLHUP,
	    .c_gone_read = EIO,
	    .c_gone_ioctl = ENOTTY,
	    .c_poll = true },
	{ .c_name = "openbsd",
	    .c_zero_clones = true,
	    .c_open_nonblock = true,
	    .c_default = 32768,
	    .c_largest = 2 << 20,
	    .c_locks = true,
	    .c_locked_fionbio = true,
	    .c_gone_revents = POLLIN | POLLHUP,
	    .c_gone_read = EIO,
	    .c_gone_ioctl = ENOTTY,
	    .c_poll = true },
	{ .c_name = "openbsd80",
	    .c_zero_clones = true,
	    .c_open_nonblock = true,
	    .c_default = 32768,
	    .c_largest = 2 << 20,
	    .c_locks = true,
	    .c_root_too = true,
	    .c_locked_fionbio = true,
	    .c_gone_revents = POLLIN | POLLHUP,
	    .c_gone_read = EIO,
	    .c_gone_ioctl = ENOTTY,
	    .c_poll = true },
	{ .c_name = "freebsd",
	    .c_open_nonblock = true,
	    .c_default = 4096,
	    .c_largest = 512 << 10,
	    .c_empty = EAGAIN,
	    .c_queued_wakes = true,
	    .c_timer_wakes = true,
	    .c_locks = true,
	    .c_root_too = true,
	    .c_recv_after = true,
	    .c_loopback_in = true,
	    .c_gone_revents = POLLIN,
	    .c_gone_read = ENXIO,
	    .c_poll = true },
	{ .c_name = "netbsd",
	    .c_open_nonblock = true,
	    .c_default = 32768,
	    .c_largest = 1 << 20,
	    .c_empty = EAGAIN,
	    .c_no_filter_rejects = true,
	    .c_queued_wakes = true,
	    .c_timer_wakes = true,
	    .c_locks = true,
	    .c_root_too = true,
	    .c_recv_after = true,
	    .c_gone_read = EAGAIN,
	    .c_poll = true },
	{ .c_name = "dragonfly",
	    .c_open_nonblock = true,
	    .c_default = 4096,
	    .c_largest = 512 << 10,
	    .c_empty = EAGAIN,
	    .c_queued_wakes = true,
	    .c_timer_wakes = true,
	    .c_locks = true,
	    .c_root_too = true,
	    .c_gone_read = ENXIO,
	    .c_poll = true },
	{ .c_name = "macos",
	    .c_numbered = true,
	    .c_open_nonblock = true,
	    .c_default = 4096,
	    .c_largest = 32 << 20,
	    .c_empty = EAGAIN,
	    .c_queued_wakes = true,
	    .c_timer_wakes = true,
	    .c_locked_fionbio = true,
	    .c_recv_after = true,
	    .c_gone_revents = POLLIN,
	    .c_gone_read = ENXIO,
	    .c_gone_ioctl = ENXIO },
};
const struct column *c;

struct bpf_insn everything[1] = { { BPF_RET | BPF_K, 0, 0, 1 } };
/* TCP over IPv4 over Ethernet. */
struct bpf_insn half[4] = {
	{ BPF_LD | BPF_B | BPF_ABS, 0, 0, 23 },
	{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 6 },
	{ BPF_RET | BPF_K, 0, 0, 1 },
	{ BPF_RET | BPF_K, 0, 0, 0 },
};

bool
column(const char *name)
{
	for (c = columns; c < columns + sizeof(columns) / sizeof(*c); c++)
		if (strcmp(c->c_name, name) == 0)
			return true;
	return false;
}

int
device(void)
{
	char path[16] = "/dev/bpf";
	int fd = -1, i, yes = 1;

	if (!c->c_numbered)
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	for (i = 0; c->c_numbered && fd == -1 && i < 8; i++) {
		snprintf(path, sizeof(path), "/dev/bpf%d", i);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (fd == -1 && errno != EBUSY)
			break;
	}
	if (fd != -1 && !c->c_open_nonblock)
		ioctl(fd, FIONBIO, &yes);
	return fd;
}

int
ask(int fd, unsigned long request, u_int value)
{
	return ioctl(fd, request, &value);
}

int
set_filter(int fd, struct bpf_insn *insns, u_int n)
{
	struct bpf_program p = { n, insns };

	return ioctl(fd, BIOCSETF, &p);
}

int
attach(int fd, const char *name)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ioctl(fd, BIOCSETIF, &ifr);
}

int
ready(int fd, int ms)
{
	struct pollfd pfd = { fd, POLLIN, 0 };
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	fd_set set;

	if (c->c_poll)
		return poll(&pfd, 1, ms) == 1 ? pfd.revents : 0;
	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, &set, NULL, NULL, ms < 0 ? NULL : &tv) == 1 ?
	    POLLIN :
	    0;
}

int
attached(u_int size, bool immediate, struct bpf_insn *insns, u_int n)
{
	int fd = device();

	if (fd == -1 || ask(fd, BIOCSBLEN, size) == -1 ||
	    (immediate && ask(fd, BIOCIMMEDIATE, 1) == -1) ||
	    attach(fd, "em0") == -1 ||
	    (insns != NULL && set_filter(fd, insns, n) == -1))
		err(1, "device");
	return fd;
}

long long
records(int fd)
{
	static char buf[1 << 16];
	struct bpf_hdr h;
	u_int size;
	size_t at = 0;
	ssize_t n;
	long long count = 0;

	if (ioctl(fd, BIOCGBLEN, &size) == -1 || size > sizeof(buf))
		errx(1, "BIOCGBLEN");
	if ((n = read(fd, buf, size)) <= 0)
		return n;
	while (at < (size_t)n) {
		memset(&h, 0, sizeof(h));
		memcpy(&h, buf + at, SIZEOF_BPF_HDR);
		if (h.bh_caplen != 1 || h.bh_datalen != 74 ||
		    (h.bh_hdrlen + 14) % BPF_ALIGNMENT != 0)
			errx(1, "a record makes no sense");
		count++;
		at += BPF_WORDALIGN((size_t)h.bh_hdrlen + h.bh_caplen);
	}
	/* The last record is not padded. */
	if (at == (size_t)n && (h.bh_hdrlen + 1) % BPF_ALIGNMENT != 0)
		errx(1, "the last record is padded");
	return count;
}

struct bpf_stat
statistics(int fd)
{
	struct bpf_stat bs;

	if (ioctl(fd, BIOCGSTATS, &bs) == -1)
		err(1, "BIOCGSTATS");
	return bs;
}

long long
received(int fd)
{
	return (long long)statistics(fd).bs_recv;
}

long long
dropped(int fd)
{
	return (long long)statistics(fd).bs_drop;
}
