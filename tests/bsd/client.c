/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Tests the model against one column of the table of facts. */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <net/bpf.h>
#include <net/if.h>
#include <net/route.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "column.h"

static void
openings(void)
{
	struct bpf_version bv;
	int a, b;

	a = device();
	ok(a != -1, "a device opens");
	b = open(c->c_numbered ? "/dev/bpf0" : "/dev/bpf", O_RDONLY);
	if (c->c_numbered) {
		ok(b == -1 && errno == EBUSY, "EBUSY when it is open");
		ok(open("/dev/bpf", O_RDONLY) == -1 && errno == ENOENT,
		    "no cloning device");
	} else {
		ok(b != -1, "a second device opens");
		close(b);
		b = open("/dev/bpf0", O_RDONLY);
		ok(c->c_zero_clones ? b != -1 : b == -1 && errno == ENOENT,
		    "the first number");
		close(b);
	}
	close(a);
	ok(chdir("/dev") == 0 &&
		(a = open(c->c_numbered ? "./bpf0" : "./bpf", O_RDONLY)) != -1,
	    "by a relative path, after a close");
	ok(ioctl(a, BIOCVERSION, &bv) == 0 && bv.bv_major == 1, "version");
	close(a);
}

static void
sizes(void)
{
	u_int size;
	char byte;
	int fd = device();

	ok(ioctl(fd, BIOCGBLEN, &size) == 0, "BIOCGBLEN");
	is(size, c->c_default, "default buffer");
	size = UINT32_MAX;
	ok(ioctl(fd, BIOCSBLEN, &size) == 0, "BIOCSBLEN, too large");
	is(size, c->c_largest, "BIOCSBLEN is limited to the maximum");
	size = 1;
	ok(ioctl(fd, BIOCSBLEN, &size) == 0, "BIOCSBLEN, too small");
	is(size, 32, "BIOCSBLEN is raised to the minimum");
	ok(attach(fd, "em9") == -1 && errno == ENXIO, "no such interface");
	ok(attach(fd, "em0") == 0, "attached");
	ok(ask(fd, BIOCSBLEN, 64) == -1 && errno == EINVAL,
	    "BIOCSBLEN after BIOCSETIF");
	ok(read(fd, &byte, 1) == -1 && errno == EINVAL, "read of another size");
	close(fd);
}

static void
empty(void)
{
	int fd = attached(4096, true, everything, 1);

	errno = 0;
	is(records(fd), c->c_empty == 0 ? 0 : -1, "empty: read");
	is(errno, c->c_empty, "empty: errno");
	is(ready(fd, 20), 0, "empty: poll");
	close(fd);
	fd = attached(4096, true, NULL, 0);
	offer("send", "em0", "10", NULL, NULL);
	is(ready(fd, 20), c->c_no_filter_rejects ? 0 : POLLIN, "no filter");
	close(fd);
}

static void
counters(void)
{
	struct bpf_stat bs;
	int fd = attached(4096, true, half, 4);
	long long read_all = 0, n;

	offer("send", "em0", "1000", NULL, NULL);
	is(received(fd), 1000, "bs_recv: before the filter");
	while ((n = records(fd)) > 0)
		read_all += n;
	is(read_all + dropped(fd), 500, "records and drops");
	ok(dropped(fd) > 0, "drops when buffers are full");
	set_filter(fd, everything, 1);
	is(received(fd), 0, "reset by BIOCSETF");
	offer("send", "em0", "7", NULL, NULL);
	is(records(fd), 7, "all packets after BIOCSETF");
	attach(fd, "em0");
	is(received(fd), 0, "reset by BIOCSETIF");
	offer("send", "em0", "7", NULL, NULL);
	ioctl(fd, BIOCFLUSH);
	is(received(fd), 0, "reset by BIOCFLUSH");
	is(ready(fd, 20), 0, "BIOCFLUSH empties the buffers");
	offer("drop", "em0", "4294967290", NULL, NULL);
	offer("send", "em0", "16", NULL, NULL);
	is(received(fd), sizeof(bs.bs_recv) == 4 ? 10 : 4294967306,
	    "the counter wraps");
	close(fd);
}

static void
incoming_only(int fd)
{
#if defined(BIOCSDIRFILT)
	ask(fd, BIOCSDIRFILT, BPF_DIRECTION_OUT);
#elif defined(BIOCSDIRECTION)
	ask(fd, BIOCSDIRECTION, BPF_D_IN);
#else
	ask(fd, BIOCSSEESENT, 0);
#endif
}

/* Returns true if packets of the interface count as incoming. */
static bool
comes_in(const char *name)
{
	char buf[4096];
	int fd = device();
	bool in;

	ask(fd, BIOCSBLEN, sizeof(buf));
	ask(fd, BIOCIMMEDIATE, 1);
	if (attach(fd, name) == -1 || set_filter(fd, everything, 1) == -1)
		err(1, "%s", name);
	incoming_only(fd);
	offer("send", name, "1", NULL, NULL);
	in = read(fd, buf, sizeof(buf)) > 0;
	close(fd);
	return in;
}

static void
directions(void)
{
	int fd = attached(4096, true, everything, 1);

	incoming_only(fd);
	offer("send", "em0", "10", NULL, NULL);
	/* The directions are in, in, out, out, in, and so on. */
	is(received(fd), c->c_recv_after ? 6 : 10,
	    "bs_recv: before or after the direction");
	is(records(fd), 6, "only incoming packets are stored");
	close(fd);
	offer("create", "lo0", "0", NULL, NULL);
	ok(comes_in("lo0") == c->c_loopback_in, "lo0 has one direction");
	offer("create", "pflog0", "117", NULL, NULL);
	ok(!comes_in("pflog0"), "pflog0 has one direction");
	offer("destroy", "lo0", NULL, NULL, NULL);
	offer("destroy", "pflog0", NULL, NULL, NULL);
}

/* Reads from a device opened with O_NONBLOCK. */
static void
blocking(void)
{
	const struct timespec ts = { 0, 200000000 };
	char buf[4096];
	int fd, status, result;
	pid_t pid;

	fd =
	    open(c->c_numbered ? "/dev/bpf0" : "/dev/bpf", O_RDWR | O_NONBLOCK);
	if (fd == -1 || ask(fd, BIOCSBLEN, sizeof(buf)) == -1 ||
	    attach(fd, "em0") == -1)
		err(1, "blocking");
	fflush(stdout);
	if ((pid = fork()) == 0) {
		(void)read(fd, buf, sizeof(buf));
		_exit(0);
	}
	nanosleep(&ts, NULL);
	result = waitpid(pid, &status, WNOHANG);
	ok((result == pid) == c->c_open_nonblock, "O_NONBLOCK of open(2)");
	if (result != pid) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	ok(ask(fd, FIONBIO, 1) == 0 && read(fd, buf, sizeof(buf)) <= 0,
	    "FIONBIO");
	close(fd);
}

/* Capacity of the buffers, and when they are readable without immediate mode.
 */
static void
rotation(void)
{
	size_t header = BPF_WORDALIGN(SIZEOF_BPF_HDR + 14) - 14;
	size_t s = BPF_WORDALIGN(header + 1), n = (512 - header - 1) / s + 1;
	int fd = attached(512, false, everything, 1);
	char text[16];

	snprintf(text, sizeof(text), "%zu", n);
	offer("send", "em0", text, NULL, NULL);
	is(ready(fd, 20), 0, "a full buffer is not readable");
	offer("send", "em0", "1", NULL, NULL);
	is(ready(fd, 20), POLLIN, "one more packet makes it readable");
	offer("send", "em0", "1000", NULL, NULL);
	is(dropped(fd), 1001 - (long long)n, "two buffers hold packets");
	is(records(fd), (long long)n, "records of the first buffer");
	offer("send", "em0", "1", NULL, NULL);
	is(records(fd), (long long)n, "records of the second buffer");
	close(fd);
}

static void
waiting(void)
{
	struct timeval tv = { 0, 50000 };
	struct bpf_stat bs;
	int fd = attached(4096, false, everything, 1), i, woken = 0;

	offer("send", "em0", "1", NULL, NULL);
	is(ready(fd, 20), 0, "not immediate: poll waits");
	ask(fd, BIOCIMMEDIATE, 1);
	is(ready(fd, 20), c->c_queued_wakes ? POLLIN : 0,
	    "immediate mode with a queued packet");
	offer("send", "em0", "1", NULL, NULL);
	is(ready(fd, 20), POLLIN, "immediate mode with the next packet");
	is(records(fd), 2, "both packets are stored");
	offer_later("send", "em0", "1");
	is(ready(fd, 2000), POLLIN, "a packet wakes a poll");
	close(fd);
	fd = attached(4096, false, everything, 1);
	ioctl(fd, BIOCSRTIMEOUT, &tv);
	is(ready(fd, 150), 0, "timeout, no packet");
	ioctl(fd, BIOCGSTATS, &bs);
	offer("send", "em0", "1", NULL, NULL);
	for (i = 0; i < 6; i++) {
		ioctl(fd, BIOCGSTATS, &bs);
		woken += ready(fd, 20) != 0;
	}
	is(woken, c->c_tick_wakes ? 6 : 0, "an ioctl cancels the timeout");
	is(ready(fd, 200), c->c_timer_wakes || c->c_tick_wakes ? POLLIN : 0,
	    "a packet is readable after the timeout");
	close(fd);
#ifdef BIOCSWTIMEOUT
	fd = attached(4096, false, everything, 1);
	ok(ioctl(fd, BIOCSWTIMEOUT, &tv) == 0, "BIOCSWTIMEOUT");
	is(ready(fd, 100), 0, "BIOCSWTIMEOUT: no packet, no timer");
	offer_later("send", "em0", "1");
	is(ready(fd, 2000), POLLIN,
	    "BIOCSWTIMEOUT: readable after the first packet");
	tv.tv_sec = 301;
	ok(ioctl(fd, BIOCSWTIMEOUT, &tv) == -1, "BIOCSWTIMEOUT: at most 300 s");
	close(fd);
#endif
}

static void
locks(void)
{
#ifdef BIOCLOCK
	int fd = attached(4096, true, everything, 1), status;

	ioctl(fd, BIOCLOCK);
	is(set_filter(fd, everything, 1), c->c_root_too ? -1 : 0,
	    "locked: root");
	fflush(stdout);
	if (fork() == 0) {
		if (setgid(65534) == -1 || setuid(65534) == -1)
			_exit(1);
		_exit(set_filter(fd, everything, 1) == -1 && errno == EPERM &&
			    attach(fd, "em0") == -1 && errno == EPERM &&
			    ask(fd, BIOCSBLEN, 64) == -1 && errno == EPERM &&
			    ioctl(fd, BIOCFLUSH) == 0 && received(fd) == 0 &&
			    (ask(fd, FIONBIO, 1) == 0) == c->c_locked_fionbio ?
			0 :
			1);
	}
	wait(&status);
	is(status, 0, "locked: another user");
	ok(open("/dev/bpf", O_RDONLY) != -1 || c->c_numbered, "root opens");
	close(fd);
#endif
}

static void
destruction(void)
{
	char buf[4096];
	struct bpf_stat bs;
	struct ifreq ifr;
	int fd = attached(sizeof(buf), true, everything, 1), result;

	offer_later("destroy", "em0", NULL);
	is(ready(fd, 1000), c->c_gone_revents, "gone: a poll that waits");
	wait(NULL);
	ok(read(fd, buf, sizeof(buf)) == -1, "gone: read");
	is(errno, c->c_gone_read, "gone: errno");
	errno = 0;
	result = ioctl(fd, BIOCGSTATS, &bs);
	is(result, c->c_gone_ioctl == 0 ? 0 : -1, "gone: ioctl");
	is(errno, c->c_gone_ioctl, "gone: errno");
	if (c->c_gone_ioctl == 0)
		ok(ioctl(fd, BIOCGETIF, &ifr) == -1 && errno == EINVAL,
		    "gone: BIOCGETIF");
	offer("create", "em0", NULL, NULL, NULL);
	offer("send", "em0", "3", NULL, NULL);
	ok(read(fd, buf, sizeof(buf)) == -1,
	    "back: the old device cannot be read");
	if (c->c_gone_ioctl == 0) {
		ok(attach(fd, "em0") == 0 || errno == EPERM, "back: attached");
		offer("send", "em0", "2", NULL, NULL);
		is(received(fd), 2, "back: counts from 0");
	}
	close(fd);
}

static void
routes(void)
{
	int fd = socket(PF_ROUTE, SOCK_RAW | SOCK_NONBLOCK, 0);
	char buf[512];
#ifdef RTM_IFANNOUNCE
	struct if_announcemsghdr m;
#endif

	offer("create", "em7", NULL, NULL, NULL);
	is(ready(fd, 100), POLLIN, "an interface arrives");
#ifdef RTM_IFANNOUNCE
	is(read(fd, &m, sizeof(m)), sizeof(m), "a message");
	ok(m.ifan_type == RTM_IFANNOUNCE && m.ifan_what == IFAN_ARRIVAL &&
		strcmp(m.ifan_name, "em7") == 0,
	    "its arrival");
#else
	ok(read(fd, buf, sizeof(buf)) > 0 && buf[3] == RTM_IFINFO, "a message");
#endif
	offer("destroy", "em7", NULL, NULL, NULL);
#ifdef RTM_IFANNOUNCE
	is(read(fd, &m, sizeof(m)), sizeof(m), "a message");
	is(m.ifan_what, IFAN_DEPARTURE, "its departure");
#else
	is(ready(fd, 100), 0, "no message when it departs");
#endif
	is(read(fd, buf, sizeof(buf)), -1, "no more messages");
	close(fd);
}

/* Baseline for delays: a loop that polls, sleeps 1 ms and reads. */
static int
bare(long long n)
{
	int fd = attached(32768, true, everything, 1);
	long long got;

	fprintf(stderr, "client: counting\n");
	while (n > 0) {
		ready(fd, -1);
		(void)poll(NULL, 0, 1);
		got = records(fd);
		n -= got > 0 ? got : 0;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc < 2 || !column(argv[1]))
		errx(2, "usage: client flavour [packets]");
	if (argc == 3)
		return bare(strtoll(argv[2], NULL, 10));
	offer("create", "em0", NULL, NULL, NULL);
	openings();
	sizes();
	empty();
	counters();
	directions();
	blocking();
	rotation();
	waiting();
	locks();
	destruction();
	routes();
	return done();
}
