/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Tests that the model refuses uses beyond a descriptor's rights. */
#include <sys/types.h>
#include <sys/capsicum.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <net/bpf.h>
#include <net/if.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

/* Tests that a call has failed with this errno. */
static void
refused(long result, int error, const char *what)
{
	int got = errno;

	is(result == -1 ? got : 0, error, what);
}

static void
rights(int fd)
{
	const unsigned long requests[] = { BIOCGSTATS };
	char buf[4096];
	struct pollfd pfd = { fd, POLLIN, 0 };
	cap_rights_t r;
	struct bpf_stat bs;
	u_int n;
	int copy;

	ok(ioctl(fd, BIOCGBLEN, &n) == 0, "before: an ioctl");
	cap_rights_init(&r, CAP_IOCTL, CAP_READ);
	ok(cap_rights_limit(fd, &r) == 0, "cap_rights_limit");
	ok(cap_ioctls_limit(fd, requests, 1) == 0, "cap_ioctls_limit");
	ok(ioctl(fd, BIOCGSTATS, &bs) == 0, "an ioctl within the limit");
	refused(ioctl(fd, BIOCGBLEN, &n), ENOTCAPABLE, "another ioctl");
	refused(read(fd, buf, sizeof(buf)), EAGAIN, "read");
	refused(write(fd, buf, 1), ENOTCAPABLE, "write");
	ok(poll(&pfd, 1, 0) == 1 && pfd.revents == POLLNVAL,
	    "poll without CAP_EVENT");
	refused(fcntl(fd, F_GETFL), ENOTCAPABLE, "fcntl");
	copy = dup(fd);
	refused(ioctl(copy, BIOCGBLEN, &n), ENOTCAPABLE, "a duplicate");
	close(copy);
	cap_rights_init(&r, CAP_IOCTL, CAP_READ, CAP_EVENT);
	refused(
	    cap_rights_limit(fd, &r), ENOTCAPABLE, "rights cannot be added");
}

/* An accepted socket has the rights of the listening one. */
static void
accepting(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(sun);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), client;
	int other = socket(AF_UNIX, SOCK_STREAM, 0);
	cap_rights_t r;
	char byte = 0;

	/* Linux chooses an address. */
	ok(bind(fd, (struct sockaddr *)&sun, sizeof(sa_family_t)) == 0 &&
		listen(fd, 1) == 0 &&
		getsockname(fd, (struct sockaddr *)&sun, &len) == 0 &&
		connect(other, (struct sockaddr *)&sun, len) == 0,
	    "a client connects");
	cap_rights_init(&r, CAP_ACCEPT, CAP_WRITE);
	ok(cap_rights_limit(fd, &r) == 0, "cap_rights_limit");
	client = accept4(fd, NULL, NULL, 0);
	ok(client != -1 && send(client, &byte, 1, 0) == 1, "accept and send");
	refused(recv(client, &byte, 1, MSG_DONTWAIT), ENOTCAPABLE, "recv");
	cap_rights_init(&r, CAP_WRITE);
	cap_rights_limit(fd, &r);
	refused(accept4(fd, NULL, NULL, 0), ENOTCAPABLE,
	    "accept without CAP_ACCEPT");
}

static void
mode(void)
{
	int dir = open("/dev", O_RDONLY | O_DIRECTORY);
	char *argv[] = { (char[]){ "true" }, NULL };

	ok(!cap_sandboxed(), "before cap_enter");
	ok(cap_enter() == 0 && cap_sandboxed(), "cap_enter");
	refused(open("/dev/bpf", O_RDONLY), ECAPMODE, "open");
	refused(open("./bpf", O_RDONLY), ECAPMODE, "open, relative");
	ok(openat(dir, "bpf", O_RDONLY) != -1, "openat");
	refused(unlink("/nonexistent/file"), ECAPMODE, "unlink");
	refused(execv("/bin/true", argv), ECAPMODE, "exec");
	refused(kill(getppid(), 0), ECAPMODE, "kill another");
	ok(kill(getpid(), 0) == 0, "kill itself");
}

int
main(void)
{
	struct ifreq ifr;
	int fd;

	offer("create", "em0", NULL, NULL, NULL);
	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "em0");
	fd = open("/dev/bpf", O_RDWR | O_NONBLOCK);
	ok(ioctl(fd, BIOCSETIF, &ifr) == 0, "a device");
	rights(fd);
	accepting();
	mode();
	return done();
}
