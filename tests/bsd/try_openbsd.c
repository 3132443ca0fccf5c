/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Tests that the model ends a process that violates its pledge. */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <net/bpf.h>
#include <net/if.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

static int device, pair[2];

static void
pass(int fd)
{
	char byte = 0, space[CMSG_SPACE(sizeof(fd))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg;
	struct cmsghdr *cmsg;

	memset(&msg, 0, sizeof(msg));
	memset(space, 0, sizeof(space));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = space;
	msg.msg_controllen = sizeof(space);
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	if (sendmsg(pair[0], &msg, 0) == -1)
		exit(3);
}

static int
receive(void)
{
	char byte, space[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = space;
	msg.msg_controllen = sizeof(space);
	return recvmsg(pair[1], &msg, 0) == 1 ? 0 : 3;
}

static int
request(unsigned long what)
{
	char room[512];

	memset(room, 0, sizeof(room));
	return ioctl(device, what, room) == 0 ? 0 : 3;
}

/* Makes call number n; returns 0 if it succeeds. */
static int
make_call(int n)
{
	char *argv[] = { (char[]){ "true" }, NULL };
	char buf[32768];
	struct pollfd pfd = { device, POLLIN, 0 };
	struct stat st;
	int yes = 1;

	switch (n) {
	case 0:
		return request(BIOCGSTATS);
	case 1:
		return request(FIONREAD);
	case 2:
		return ioctl(device, FIONBIO, &yes) == 0 ? 0 : 3;
	case 3:
		return poll(&pfd, 1, 0) == 0 ? 0 : 3;
	case 4:
		return read(device, buf, sizeof(buf)) == 0 ? 0 : 3;
	case 5:
		return send(pair[0], "x", 1, 0) == 1 ? 0 : 3;
	case 6:
		return request(BIOCGETIF);
	case 7:
		return request(BIOCFLUSH);
	case 8:
		return request(BIOCGBLEN);
	case 9:
		return open("/etc/passwd", O_RDONLY) != -1 ? 0 : 3;
	case 10:
		return socket(AF_INET, SOCK_DGRAM, 0) != -1 ? 0 : 3;
	case 11:
		return execv("/bin/true", argv);
	case 12:
		return kill(getppid(), 0) == 0 ? 0 : 3;
	case 13:
		return fork() != -1 ? 0 : 3;
	case 14:
		pass(device);
		return 0;
	case 15:
		return receive();
	case 16:
		return chroot("/");
	case 17:
		return accept4(pair[0], NULL, NULL, 0) == -1 ? 0 : 3;
	case 18:
		return unlink("/nonexistent/file") == -1 ? 0 : 3;
	case 19:
		return lstat("/", &st) == 0 ? 0 : 3;
	case 20:
		return stat("/", &st) == 0 ? 0 : 3;
	case 21:
		return faccessat(AT_FDCWD, "/", X_OK, AT_EACCESS);
	default:
		return setresuid(0, 0, 0);
	}
}

static const struct {
	const char *name;
	const char *promise; /* needed with "stdio"; NULL: none */
} calls[] = { { "BIOCGSTATS", "bpf" }, { "FIONREAD", NULL },
	{ "FIONBIO", NULL }, { "poll", NULL }, { "read", NULL },
	{ "send", NULL }, { "BIOCGETIF", "none" }, { "BIOCFLUSH", "none" },
	{ "BIOCGBLEN", "none" }, { "open", "rpath" }, { "socket", "inet" },
	{ "exec", "exec" }, { "kill", "proc" }, { "fork", "proc" },
	{ "send a descriptor", "sendfd" }, { "receive a descriptor", "recvfd" },
	{ "chroot", "none" }, { "accept", "unix" }, { "unlink", "cpath" },
	{ "lstat", "rpath" }, { "stat", "rpath" }, { "faccessat", "rpath" },
	{ "setresuid", "id" } };

/* Makes a call in a child with these promises; returns its wait status. */
static int
try(int n, const char *promises)
{
	int status;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
			_exit(2);
		if (n == 15)
			pass(device);
		if (pledge(promises, NULL) == -1)
			_exit(2);
		_exit(make_call(n));
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void
try_both(int n)
{
	const char *promise = calls[n].promise;
	char text[64];
	int status;

	status = try(n, "stdio");
	if (promise == NULL) {
		is(status, 0, calls[n].name);
		return;
	}
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, calls[n].name);
	status = try(n, "stdio bpf");
	ok(strcmp(promise, "bpf") == 0 ?
		status == 0 :
		WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
	    "the same with bpf");
	if (strcmp(promise, "none") == 0)
		return;
	snprintf(text, sizeof(text), "stdio %s", promise);
	is(try(n, text), 0, "the same with the right promise");
}

/* The nearest veil decides, with the permissions that were set last. */
static bool
nearest(void)
{
	char *argv[] = { (char[]){ "true" }, NULL };
	struct stat st;

	return unveil("/", "r") == 0 && unveil("/etc/group", "w") == 0 &&
	    open("/etc/passwd", O_RDONLY) != -1 &&
	    open("/etc/group", O_RDONLY) == -1 && errno == EACCES &&
	    execv("/bin/true", argv) == -1 && errno == EACCES &&
	    stat("/etc/passwd", &st) == 0 && unveil("/", "") == 0 &&
	    open("/etc/passwd", O_RDONLY) == -1 && errno == ENOENT &&
	    stat("/etc/passwd", &st) == -1 && errno == ENOENT;
}

static int
in_child(bool (*f)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == 0)
		_exit(f() ? 0 : 3);
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void
veils(void)
{
	char *argv[] = { (char[]){ "true" }, NULL };
	pid_t pid;

	is(in_child(nearest), 0, "the nearest veil decides");
	ok(unveil("/bin/true", "x") == 0 && unveil(NULL, NULL) == 0, "unveil");
	ok(pledge("stdio proc exec rpath", NULL) == 0, "pledge");
	ok(pledge("stdio inet", NULL) == -1 && errno == EPERM,
	    "promises cannot be added");
	ok(open("/etc/passwd", O_RDONLY) == -1 && errno == ENOENT,
	    "a path without a veil does not exist");
	is(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL), 0,
	    "an unveiled file can be executed");
	is(posix_spawn(&pid, "/bin/false", NULL, NULL, argv, NULL), ENOENT,
	    "another file cannot be executed");
}

int
main(void)
{
	struct ifreq ifr;
	int n;

	offer("create", "em0", NULL, NULL, NULL);
	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "em0");
	device = open("/dev/bpf", O_RDWR | O_NONBLOCK);
	ok(ioctl(device, BIOCSETIF, &ifr) == 0, "a device");
	for (n = 0; n < (int)(sizeof(calls) / sizeof(calls[0])); n++)
		try_both(n);
	veils();
	return done();
}
