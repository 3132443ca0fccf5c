/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <net/if.h>

#include <linux/capability.h>
#include <linux/if_packet.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/detach.h"
#include "ipc/order.h"
#include "priv/caps_linux.h"
#include "priv/landlock_linux.h"
#include "priv/priv.h"
#include "priv/priv_user.h"

/* Descriptors in the list of calls: NO_FD drops the call. */
#define NO_FD  (-1)
#define ANY_FD (-2)

/* An allowed system call. */
struct call {
	const char *c_name;
	int c_fd;		/* first argument, NO_FD or ANY_FD */
	unsigned int c_request; /* second argument; 0: any */
	unsigned int c_spare;	/* ignored bits of the first argument */
};

/* Adds a call to the filter.  Returns 0, or a negative errno. */
static int
allow(scmp_filter_ctx ctx, const struct call *c)
{
	struct scmp_arg_cmp args[2];
	unsigned int n = 0;
	int call = seccomp_syscall_resolve_name(c->c_name);

	if (call == __NR_SCMP_ERROR || c->c_fd == NO_FD)
		return 0; /* unknown on this architecture, or no descriptor */
	if (c->c_fd != ANY_FD)
		args[n++] = (struct scmp_arg_cmp){ .arg = 0,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = ~(scmp_datum_t)c->c_spare,
			.datum_b = (scmp_datum_t)c->c_fd };
	if (c->c_request != 0)
		args[n++] = (struct scmp_arg_cmp){ .arg = 1,
			.op = SCMP_CMP_EQ,
			.datum_a = (scmp_datum_t)c->c_request };
	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, call, n, args);
}

/*
 * Allows a packet socket to ignore or to see leaving packets, and no other
 * option; spare: ignored bits of its number.
 */
static void
allow_direction(scmp_filter_ctx ctx, unsigned int fd, unsigned int spare)
{
	const struct scmp_arg_cmp args[] = {
		{ 0, SCMP_CMP_MASKED_EQ, ~(scmp_datum_t)spare, fd },
		{ 1, SCMP_CMP_EQ, SOL_PACKET, 0 },
		{ 2, SCMP_CMP_EQ, PACKET_IGNORE_OUTGOING, 0 },
	};
	int error;

	error = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW,
	    seccomp_syscall_resolve_name("setsockopt"), 3, args);
	if (error != 0) {
		errno = -error;
		err(1, "seccomp: setsockopt");
	}
}

/* Allows memory allocation without PROT_EXEC; 0, or a negative errno. */
static int
allow_memory(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp no_code = { .arg = 2,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = PROT_EXEC,
		.datum_b = 0 };
	static const struct call calls[] = {
		{ "brk", ANY_FD, 0, 0 },
		{ "munmap", ANY_FD, 0, 0 },
		{ "mremap", ANY_FD, 0, 0 },
	};
	static const char *const maps[] = { "mmap", "mmap2" };
	size_t i;
	int call, error = 0;

	for (i = 0; i < 3 && error == 0; i++)
		error = allow(ctx, &calls[i]);
	for (i = 0; i < 2 && error == 0; i++) {
		call = seccomp_syscall_resolve_name(maps[i]);
		if (call != __NR_SCMP_ERROR)
			error = seccomp_rule_add_array(
			    ctx, SCMP_ACT_ALLOW, call, 1, &no_code);
	}
	return error;
}

static void
allow_all(scmp_filter_ctx ctx, const struct call *calls, size_t n)
{
	size_t i;
	int error;

	for (i = 0; i < n; i++) {
		error = allow(ctx, &calls[i]);
		if (error != 0) {
			errno = -error;
			err(1, "seccomp: %s", calls[i].c_name);
		}
	}
}

/*
 * Allows the calls on the sources, whose descriptors are from low to high, in
 * blocks of a power of two.  spare bits of a number are ignored, so a call with
 * a number of more than 32 bits is none of these.  With an opener sources come
 * and go.
 */
static void
allow_sources(
    scmp_filter_ctx ctx, unsigned int low, unsigned int high, bool opener)
{
	unsigned int size;

	for (; low <= high; low += size) {
		size = 1;
		while (low % (2 * size) == 0 && high - low >= 2 * size - 1)
			size *= 2;
		const int fd = (int)low, change = opener ? fd : NO_FD;
		const unsigned int spare = size - 1;
		const struct call calls[] = {
			{ "recvfrom", fd, 0, spare },
			{ "getsockopt", fd, 0, spare },
			{ "ioctl", fd, SIOCGIFINDEX, spare },
			{ "ioctl", fd, SIOCGIFHWADDR, spare },
			{ "getsockname", fd, 0, spare },
			{ "bind", fd, 0, spare },
			{ "fcntl", change, F_SETFD, spare },
			{ "close", change, 0, spare },
		};

		allow_all(ctx, calls, sizeof(calls) / sizeof(calls[0]));
		allow_direction(ctx, low, spare);
	}
}

/* Returns the lowest number of a source. */
static unsigned int
first_source(const struct order_ends *ends, int notice)
{
	const int fds[] = { ends->oe_orders, ends->oe_reports, ends->oe_opener,
		notice };
	int last = STDERR_FILENO;
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] > last)
			last = fds[i];
	return (unsigned int)last + 1;
}

/*
 * Fills the gaps below with copies of the standard output, /dev/null, so that
 * no source that the opener sends gets a number there.
 */
static void
fill_gaps(unsigned int below)
{
	int fd;

	for (fd = STDERR_FILENO + 1; fd < (int)below; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    dup3(STDOUT_FILENO, fd, O_CLOEXEC) == -1)
			err(1, "descriptors");
}

/* Returns the highest possible number of a descriptor. */
static unsigned int
last_descriptor(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "limits");
	return limit.rlim_cur > INT_MAX ? INT_MAX :
					  (unsigned int)limit.rlim_cur - 1;
}

/*
 * Returns a filter with the calls of both the watcher and the control process.
 * The filter is never released: seccomp_release could need a call that is no
 * longer allowed.
 */
static scmp_filter_ctx
seccomp_begin(void)
{
	const struct call calls[] = {
		{ "poll", ANY_FD, 0, 0 },
		{ "ppoll", ANY_FD, 0, 0 },
		{ "ppoll_time64", ANY_FD, 0, 0 },
		/* poll(2) after SIGSTOP and SIGCONT */
		{ "restart_syscall", ANY_FD, 0, 0 },
		/* without a vDSO, or with an unsuitable clock source */
		{ "clock_gettime", ANY_FD, 0, 0 },
		{ "clock_gettime64", ANY_FD, 0, 0 },
		{ "exit_group", ANY_FD, 0, 0 },
		/* detach_error, the last step */
		{ "dup2", STDOUT_FILENO, STDERR_FILENO, 0 },
		{ "dup3", STDOUT_FILENO, STDERR_FILENO, 0 },
	};
	scmp_filter_ctx ctx;
	int error;

	if ((ctx = seccomp_init(SCMP_ACT_KILL_PROCESS)) == NULL)
		errx(1,
		    "seccomp: the kernel allows no filter, or out of memory");
	/* Otherwise libseccomp replaces errors of the kernel by ECANCELED. */
	if ((error = seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1)) != 0) {
		errno = -error;
		err(1, "seccomp: errors");
	}
	allow_all(ctx, calls, sizeof(calls) / sizeof(calls[0]));
	return ctx;
}

static void
seccomp_enter(scmp_filter_ctx ctx, bool memory)
{
	int error;

	if (memory && (error = allow_memory(ctx)) != 0) {
		errno = -error;
		err(1, "seccomp: memory");
	}
	if ((error = seccomp_load(ctx)) != 0) {
		errno = -error;
		err(1, "seccomp");
	}
	detach_error();
}

static void
confine_seccomp(
    const struct order_ends *ends, int notice, int savefile, bool memory)
{
	const bool opener = ends->oe_opener != -1;
	const struct call calls[] = {
		{ "sendto", ends->oe_orders, 0, 0 },
		{ "recvfrom", ends->oe_orders, 0, 0 },
		{ "recvfrom", ends->oe_reports, 0, 0 },
		{ "sendto", ends->oe_opener, 0, 0 },
		{ "recvmsg", ends->oe_opener, 0, 0 },
		{ "recvfrom", notice, 0, 0 },
		{ "read", savefile, 0, 0 },
	};
	const unsigned int first = first_source(ends, notice);
	static scmp_filter_ctx ctx;

	if (opener)
		fill_gaps(first);
	ctx = seccomp_begin();
	allow_all(ctx, calls, sizeof(calls) / sizeof(calls[0]));
	if (savefile == NO_FD)
		allow_sources(ctx, first, last_descriptor(), opener);
	seccomp_enter(ctx, opener || savefile != NO_FD || memory);
}

/* sendto on any socket: except the runner's, all are accepted ones. */
static void
confine_control(const int *listen_fds, size_t n, int runner_fd)
{
	const struct call calls[] = {
		{ "recvfrom", runner_fd, 0, 0 },
		{ "sendto", ANY_FD, 0, 0 },
		{ "close", ANY_FD, 0, 0 },
	};
	static scmp_filter_ctx ctx;
	size_t i;

	ctx = seccomp_begin();
	allow_all(ctx, calls, sizeof(calls) / sizeof(calls[0]));
	for (i = 0; i < n; i++) {
		const struct call accepts = { "accept4", listen_fds[i], 0, 0 };

		allow_all(ctx, &accepts, 1);
	}
	seccomp_enter(ctx, true);
}

void
priv_user_opaque(void)
{
	if (prctl(PR_SET_DUMPABLE, 0) == -1)
		err(1, "dumpable");
}

void
priv_compiler(const struct priv *p)
{
	static const int none[] = { -1 };

	if (geteuid() == 0 && caps_may(CAP_SETUID) && caps_may(CAP_SETGID))
		priv_user_watcher(p);
	caps_drop(none);
	priv_user_opaque();
	/* A compiler that hangs must not outlive the runner. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		err(1, "pdeathsig");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		err(1, "no_new_privs");
}

void
priv_watcher(const struct priv *p, const struct order_ends *ends, int notice,
    int savefile, bool memory)
{
	/* Name in ps(1). */
	prctl(PR_SET_NAME, "bpfstatsd-watch");
	detach(savefile);
	priv_compiler(p);
	landlock_nothing();
	confine_seccomp(ends, notice, savefile, memory);
}

void
priv_control(
    const struct priv *p, const int *listen_fds, size_t n, int runner_fd)
{
	prctl(PR_SET_NAME, "bpfstatsd-ctrl");
	detach(-1);
	priv_compiler(p);
	landlock_nothing();
	confine_control(listen_fds, n, runner_fd);
}

void
priv_runner(const struct priv *p)
{
	static const int none[] = { -1 };

	/*
	 * Orphans of a command become the runner's children.  Zombies keep a
	 * process group alive until init reaps them, which may take time.
	 */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		err(1, "subreaper");
	priv_user_commands(p);
	if (p->p_uid == 0)
		caps_keep_roots();
	else
		caps_drop(none);
}

void
priv_opener(bool files)
{
	/* Root's opener also changes the user of compilers, and ends them. */
	static const int kept[] = { CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF, -1 };
	static const int roots[] = { CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF,
		CAP_SETUID, CAP_SETGID, CAP_KILL, -1 };

	(void)files;
	prctl(PR_SET_NAME, "bpfstatsd-open");
	caps_drop(getuid() == 0 ? roots : kept);
	priv_user_opaque();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		err(1, "pdeathsig");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		err(1, "no_new_privs");
	landlock_reading();
}
