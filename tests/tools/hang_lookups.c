/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * hang_lookups directory: mounts a FUSE file system that answers no lookup.  A
 * process that looks up a name there waits, which even SIGKILL does not end,
 * and the name is printed.  On SIGUSR1 these lookups get ENOENT.  On SIGTERM
 * the file system is unmounted.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include <linux/fuse.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAITING_MAX 64
#define REQUEST	    (128 * 1024)

static volatile sig_atomic_t ends, answers;
static uint64_t waiting[WAITING_MAX];
static size_t waiting_n;

static void
handle(int sig)
{
	if (sig == SIGUSR1)
		answers = 1;
	else
		ends = 1;
}

/* Blocks the signal except in ppoll(2). */
static void catch (int sig)
{
	struct sigaction sa = { .sa_handler = handle };
	sigset_t set;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&set);
	sigaddset(&set, sig);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1 ||
	    sigaction(sig, &sa, NULL) == -1)
		err(1, "sigaction");
}

static void
answer(int fd, uint64_t unique, int error, const void *data, size_t len)
{
	struct {
		struct fuse_out_header head;
		char data[512];
	} out = { .head = { .error = -error, .unique = unique } };

	out.head.len = (uint32_t)(sizeof(out.head) + len);
	if (len != 0)
		memcpy(out.data, data, len);
	/* ENOENT: the request was interrupted. */
	if (write(fd, &out, out.head.len) == -1 && errno != ENOENT)
		err(1, "answer");
}

static void
answer_all(int fd)
{
	while (waiting_n > 0)
		answer(fd, waiting[--waiting_n], ENOENT, NULL, 0);
	answers = 0;
}

static void
hold(uint64_t unique, const char *name)
{
	if (waiting_n == WAITING_MAX)
		errx(1, "too many wait");
	waiting[waiting_n++] = unique;
	printf("%s\n", name);
	fflush(stdout);
}

static void
serve(int fd, const struct fuse_in_header *in)
{
	const struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.flags = FUSE_PARALLEL_DIROPS,
		.max_write = 4096 };
	const struct fuse_attr_out root = { .attr = { .ino = FUSE_ROOT_ID,
						.mode = S_IFDIR | 0755,
						.nlink = 2 } };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(fd, in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_GETATTR:
		answer(fd, in->unique, 0, &root, sizeof(root));
		break;
	case FUSE_LOOKUP:
		hold(in->unique, (const char *)(in + 1));
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(fd, in->unique, ENOSYS, NULL, 0);
	}
}

static void
read_request(int fd)
{
	static union {
		struct fuse_in_header head;
		char data[REQUEST + 1];
	} in;
	ssize_t n = read(fd, &in, REQUEST);

	/* ENOENT: the request was interrupted before it was read. */
	if (n == -1 && errno != EAGAIN && errno != EINTR && errno != ENOENT)
		err(1, "/dev/fuse");
	if (n < (ssize_t)sizeof(in.head))
		return;
	in.data[n] = '\0';
	serve(fd, &in.head);
}

int
main(int argc, char **argv)
{
	struct pollfd pfd = { .events = POLLIN };
	char options[128];
	sigset_t none;

	if (argc != 2)
		errx(2, "usage: hang_lookups directory");
	pfd.fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (pfd.fd == -1)
		err(1, "/dev/fuse");
	catch (SIGTERM);
	catch (SIGUSR1);
	snprintf(options, sizeof(options),
	    "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", pfd.fd);
	if (mount("hang", argv[1], "fuse", MS_NODEV, options) == -1)
		err(1, "mount: %s", argv[1]);
	puts("mounted");
	fflush(stdout);
	sigemptyset(&none);
	while (!ends) {
		if (ppoll(&pfd, 1, NULL, &none) == -1 && errno != EINTR)
			err(1, "poll");
		else if (answers)
			answer_all(pfd.fd);
		else if (!ends)
			read_request(pfd.fd);
	}
	if (umount2(argv[1], MNT_DETACH) == -1)
		err(1, "umount: %s", argv[1]);
	return 0;
}
