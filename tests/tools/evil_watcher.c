/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A preloaded library that turns the watcher into an attacker, as a
 * vulnerability could.  EVIL names the attack, which replaces the watcher's
 * next answer to the runner; "early" makes the watcher fail before it is
 * confined.  The exit status is the result: SUCCESS if the system call
 * succeeded, errno if it failed, and a signal if the system call filter killed
 * the process.  EVIL_BARE in the environment disables that filter, to test the
 * other layers.  With EVIL_CONTROL the control process attacks, at the runner's
 * next answer.
 *
 * "poor" lets the watcher's first large allocation fail, and "full" its first
 * receipt of descriptors; nothing else changes.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <net/if.h>
#include <netinet/in.h>

#include <linux/if_packet.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/ipc/order.h"

#define SUCCESS 200
#define FD_MAX	32
/* Value of -c in the test. */
#define EVERY 5

static const char *evil, *bare, *victim = "/nonexistent";
static bool is_watcher, confined;
static pid_t runner;
static int pdeath = -1, orders = -1, packets = -1;
static char buf[64];
/* Type, key size, value size, entries: the least privileged map. */
static const unsigned int map[16] = { 2, 4, 4, 1 };
static char *const nothing[] = { NULL };
static const struct sockaddr_in self = {
	.sin_family = AF_INET,
	.sin_port = 0x0900,
	.sin_addr = { 0x0100007f },
};

__attribute__((constructor)) static void
begin(void)
{
	evil = getenv("EVIL");
	bare = getenv("EVIL_BARE");
	if (getenv("EVIL_FILE") != NULL)
		victim = getenv("EVIL_FILE");
	/* Commands are not attackers. */
	unsetenv("LD_PRELOAD");
}

/* Finds the watcher's descriptors, before it is confined. */
static void
find_descriptors(void)
{
	socklen_t len;
	int domain, fd;

	for (fd = STDERR_FILENO + 1; fd < FD_MAX; fd++) {
		len = sizeof(domain);
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0) {
			if (domain == AF_PACKET)
				packets = fd;
		} else if (pdeath == -1 && fcntl(fd, F_GETFD) != -1 &&
		    (fcntl(fd, F_GETFL) & O_ASYNC) != 0) {
			pdeath = fd;
		}
	}
}

/* Finds the function that this library replaces. */
static void
find_real(const char *name, void *function)
{
	void *address = dlsym(RTLD_NEXT, name);

	memcpy(function, &address, sizeof(address));
}

/*
 * The daemon calls fork(2) first for the control process, if there is one, then
 * for the watcher; it starts commands with clone(2).
 */
pid_t
fork(void)
{
	static bool again;
	pid_t (*real)(void);
	pid_t pid;

	find_real("fork", &real);
	if ((pid = real()) == 0) {
		is_watcher = getenv("EVIL_CONTROL") == NULL || !again;
		runner = getppid();
		find_descriptors();
	} else if (evil != NULL && strcmp(evil, "early") == 0) {
		/* Lets the watcher fail and exit. */
		usleep(100000);
	}
	again = true;
	return pid;
}

int
setgroups(size_t n, const gid_t *groups)
{
	int (*real)(size_t, const gid_t *);

	find_real("setgroups", &real);
	if (!is_watcher || evil == NULL || strcmp(evil, "early") != 0)
		return real(n, groups);
	errno = EPERM;
	return -1;
}

int seccomp_load(void *);

int
seccomp_load(void *ctx)
{
	int (*real)(void *);

	find_real("seccomp_load", &real);
	confined = true;
	return bare != NULL ? 0 : real(ctx);
}

/* An allocation of a table fails once. */
#define LARGE (1 << 16)

void *__libc_calloc(size_t, size_t);

void *
calloc(size_t n, size_t size)
{
	if (!confined || evil == NULL || strcmp(evil, "poor") != 0 ||
	    n * size < LARGE)
		return __libc_calloc(n, size);
	evil = NULL;
	errno = ENOMEM;
	return NULL;
}

/* The kernel discards descriptors for which the process has no number. */
ssize_t
recvmsg(int sock, struct msghdr *msg, int flags)
{
	ssize_t n = syscall(SYS_recvmsg, sock, msg, flags);
	const struct cmsghdr *cmsg;
	size_t at;
	int fd;

	if (n == -1 || !confined || evil == NULL || strcmp(evil, "full") != 0 ||
	    (cmsg = CMSG_FIRSTHDR(msg)) == NULL)
		return n;
	evil = NULL;
	for (at = CMSG_LEN(0); at < cmsg->cmsg_len; at += sizeof(fd)) {
		memcpy(&fd, (const char *)cmsg + at, sizeof(fd));
		close(fd);
	}
	msg->msg_controllen = 0;
	return n;
}

/* Attacks that are one system call. */
#define CALLS                                                                  \
	X(open, SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)                 \
	X(proc, SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR)                \
	X(create, SYS_openat, AT_FDCWD, "/tmp/evil", O_WRONLY | O_CREAT, 0600) \
	X(unlink, SYS_unlinkat, AT_FDCWD, victim, 0)                           \
	X(socket, SYS_socket, AF_INET, SOCK_DGRAM, 0)                          \
	X(packet, SYS_socket, AF_PACKET, SOCK_RAW, 0)                          \
	X(connect, SYS_connect, orders, &self, sizeof(self))                   \
	X(send_packet, SYS_sendto, packets, buf, sizeof(buf), 0, NULL, 0)      \
	X(sendmsg, SYS_sendmsg, orders, &(struct msghdr){ 0 }, 0)              \
	X(setsockopt, SYS_setsockopt, packets, SOL_SOCKET, SO_DETACH_FILTER,   \
	    buf, sizeof(int))                                                  \
	X(getsockopt, SYS_getsockopt, orders, SOL_SOCKET, SO_PEERCRED, buf,    \
	    &(socklen_t){ sizeof(buf) })                                       \
	X(recv_stdin, SYS_recvfrom, 0, buf, sizeof(buf), 0, NULL, NULL)        \
	X(read, SYS_read, pdeath, buf, 1)                                      \
	X(write, SYS_write, STDOUT_FILENO, "evil\n", 5)                        \
	X(ioctl, SYS_ioctl, packets, 0x8914, buf) /* SIOCSIFFLAGS */           \
	X(tiocsti, SYS_ioctl, STDIN_FILENO, TIOCSTI, "x")                      \
	X(bind, SYS_bind, orders, &self, sizeof(self))                         \
	X(bind_high, SYS_bind, (1L << 32) + orders, &self, sizeof(self))       \
	X(recvmsg, SYS_recvmsg, orders, &(struct msghdr){ 0 }, 0)              \
	X(close, SYS_close, orders)                                            \
	X(fcntl_flags, SYS_fcntl, packets, F_SETFL, O_ASYNC)                   \
	X(getsockname, SYS_getsockname, orders, buf,                           \
	    &(socklen_t){ sizeof(buf) })                                       \
	X(fcntl, SYS_fcntl, pdeath, F_SETOWN, runner)                          \
	X(dup, SYS_dup, packets)                                               \
	X(execve, SYS_execve, "/bin/true", nothing, nothing)                   \
	X(fork, SYS_clone, SIGCHLD, 0, 0, 0, 0)                                \
	X(unshare, SYS_unshare, CLONE_NEWUSER)                                 \
	X(kill, SYS_kill, runner, SIGKILL)                                     \
	X(ptrace, SYS_ptrace, PTRACE_ATTACH, runner, 0, 0)                     \
	X(peek, SYS_process_vm_readv, runner, NULL, 0, NULL, 0, 0)             \
	X(mmap, SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC,                      \
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)                                \
	X(mprotect, SYS_mprotect, 0, 4096, PROT_EXEC)                          \
	X(prctl, SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)                       \
	X(setuid, SYS_setuid, 0)                                               \
	X(bpf, SYS_bpf, 0, map, sizeof(map)) /* BPF_MAP_CREATE */              \
	X(io_uring, SYS_io_uring_setup, 1, buf)

#define X(name, ...)                         \
	static long try_##name(void)         \
	{                                    \
		return syscall(__VA_ARGS__); \
	}
CALLS
#undef X

static long
try_tcp(void)
{
	long sock = syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);

	return sock == -1 ? -1 :
			    syscall(SYS_connect, sock, &self, sizeof(self));
}

#ifdef __x86_64__
/* Other ABIs of this kernel, with other system call numbers. */
static long
try_abi_32(void)
{
	long n = 20; /* getpid */

	__asm__ volatile("int $0x80" : "+a"(n) : : "memory");
	return n;
}

static long
try_abi_x32(void)
{
	return syscall(0x40000000 | SYS_getpid);
}
#endif

/* Sends an invalid order, and returns to the watcher. */
static void
forge(const char *what)
{
	struct order o = {
		.o_type = ORDER_START,
		.o_start = { .os_events = 1,
		    .os_count = EVERY,
		    .os_total = 1000 },
	};
	size_t len = sizeof(o);

	if (strcmp(what, "type") == 0)
		o.o_type = 77;
	else if (strcmp(what, "trigger") == 0)
		o.o_trigger = 1;
	else if (strcmp(what, "zero") == 0)
		o.o_start.os_events = o.o_start.os_count = 0;
	else if (strcmp(what, "count") == 0)
		o.o_start.os_events = UINT64_MAX;
	else if (strcmp(what, "total") == 0)
		o.o_start.os_total = 1;
	else if (strcmp(what, "short") == 0)
		len--;
	else if (strcmp(what, "empty") == 0)
		len = 0;
	syscall(SYS_sendto, orders, &o, len, MSG_NOSIGNAL, NULL, 0);
}

/* Floods the runner with the only order that is always valid. */
static void
chatter(void)
{
	struct order o = { .o_type = ORDER_END };

	for (;;)
		syscall(
		    SYS_sendto, orders, &o, sizeof(o), MSG_NOSIGNAL, NULL, 0);
}

/* Floods the runner with reports that an interface is gone and back. */
static void
gone(void)
{
	struct order o = { .o_type = ORDER_GONE };

	for (;;) {
		syscall(
		    SYS_sendto, orders, &o, sizeof(o), MSG_NOSIGNAL, NULL, 0);
		o.o_type = o.o_type == ORDER_GONE ? ORDER_BACK : ORDER_GONE;
	}
}

/* Control process: asks again after each answer. */
static void
ask(void)
{
	struct pollfd pfd = { .fd = orders, .events = POLLIN };
	char text[4096];
	bool over;

	for (;;) {
		syscall(SYS_sendto, orders, "?", 1, MSG_NOSIGNAL, NULL, 0);
		for (over = false; !over;) {
			syscall(SYS_poll, &pfd, 1, -1);
			memset(text, 0, sizeof(text));
			syscall(SYS_recvfrom, orders, text, sizeof(text) - 1, 0,
			    NULL, NULL);
			over = strstr(text, "end\n") != NULL;
		}
	}
}

/* Control process: asks without reading answers. */
static void
ask_on(void)
{
	for (;;)
		syscall(SYS_sendto, orders, "?", 1, MSG_NOSIGNAL, NULL, 0);
}

static void
attack(void)
{
	static const struct {
		const char *c_name;
		long (*c_try)(void);
	} calls[] = {
#define X(name, ...) { #name, try_##name },
		CALLS
#undef X
		{ "tcp", try_tcp },
#ifdef __x86_64__
		{ "abi_32", try_abi_32 },
		{ "abi_x32", try_abi_x32 },
#endif
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(evil, calls[i].c_name) == 0)
			_exit(calls[i].c_try() == -1 ? errno : SUCCESS);
	if (strncmp(evil, "order_", 6) == 0)
		forge(evil + 6);
	else if (strcmp(evil, "chatter") == 0)
		chatter();
	else if (strcmp(evil, "gone") == 0)
		gone();
	else if (strcmp(evil, "ask") == 0)
		ask();
	else if (strcmp(evil, "ask_on") == 0)
		ask_on();
	else if (strcmp(evil, "hang") == 0)
		for (;;)
			;
	else
		_exit(SUCCESS + 1); /* unknown attack */
	evil = NULL;
}

int
poll(struct pollfd *fds, nfds_t n, int timeout)
{
	int (*real)(struct pollfd *, nfds_t, int);
	int ready;

	find_real("poll", &real);
	ready = real(fds, n, timeout);
	/* The first descriptor is the socket to the runner. */
	if (is_watcher && evil != NULL && strcmp(evil, "poor") != 0 &&
	    strcmp(evil, "full") != 0 && ready > 0 && fds[0].revents != 0) {
		orders = fds[0].fd;
		attack();
	}
	return ready;
}

/* poll(2) as _FORTIFY_SOURCE calls it. */
int __poll_chk(struct pollfd *, nfds_t, int, size_t);

int
__poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t size)
{
	(void)size;
	return poll(fds, n, timeout);
}
