/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/param.h>
#include <sys/capsicum.h>
#include <sys/ioctl.h>
#include <sys/procctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <net/bpf.h>
#include <net/if.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/detach.h"
#include "ipc/order.h"
#include "priv/priv.h"
#include "priv/priv_user.h"

static void
limit(int fd, const cap_rights_t *rights)
{
	if (fd != -1 && cap_rights_limit(fd, rights) == -1)
		err(1, "capsicum: descriptor %d", fd);
}

void
priv_user_opaque(void)
{
	int disable = PROC_TRACE_CTL_DISABLE;

	if (procctl(P_PID, (id_t)getpid(), PROC_TRACE_CTL, &disable) == -1)
		err(1, "tracing");
}

static void
die_with_parent(void)
{
	int sig = SIGKILL;

	if (procctl(P_PID, (id_t)getpid(), PROC_PDEATHSIG_CTL, &sig) == -1)
		err(1, "pdeathsig");
}

/*
 * Not in capability mode: the resolver opens files and connects to servers.
 */
void
priv_compiler(const struct priv *p)
{
	if (geteuid() == 0)
		priv_user_watcher(p);
	priv_user_check();
	priv_user_opaque();
	/* A compiler that hangs must not outlive the runner. */
	die_with_parent();
}

static void
enter(void)
{
	if (cap_enter() == -1)
		err(1, "capsicum%s",
		    errno == ENOSYS ? ": a kernel with CAPABILITY_MODE is "
				      "needed" :
				      "");
}

/* Accepted connections inherit the rights of the listening socket. */
void
priv_control(
    const struct priv *p, const int *listen_fds, size_t n, int runner_fd)
{
	cap_rights_t client, both, none;
	int fd;

	detach(-1);
	priv_compiler(p);
	enter();
	cap_rights_init(&client, CAP_ACCEPT, CAP_WRITE, CAP_EVENT);
	cap_rights_init(&both, CAP_READ, CAP_WRITE, CAP_EVENT);
	cap_rights_init(&none);
	while (n-- > 0)
		limit(listen_fds[n], &client);
	limit(runner_fd, &both);
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		limit(fd, &none);
	detach_error();
}

/* The sources are limited already, see priv_source. */
void
priv_watcher(const struct priv *p, const struct order_ends *ends, int notice,
    int savefile, bool memory)
{
	cap_rights_t in, both, none;
	int fd;

	(void)memory;
	detach(savefile);
	priv_compiler(p);
	enter();
	cap_rights_init(&in, CAP_READ, CAP_EVENT);
	cap_rights_init(&both, CAP_READ, CAP_WRITE, CAP_EVENT);
	cap_rights_init(&none);
	limit(ends->oe_orders, &both);
	limit(ends->oe_reports, &in);
	limit(ends->oe_opener, &both);
	limit(notice, &in);
	limit(savefile, &in);
	/* The watcher writes to the runner and the opener only. */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fd != savefile)
			limit(fd, &none);
	detach_error();
}

void
priv_runner(const struct priv *p)
{
	priv_user_commands(p);
	priv_user_check();
}

/* Not in capability mode, which forbids open(2) of files and devices. */
void
priv_opener(bool files)
{
	priv_user_opaque();
	die_with_parent();
	if (!files &&
	    (chdir("/dev") == -1 || (geteuid() == 0 && chroot(".") == -1)))
		err(1, "/dev");
}

int
priv_source(int fd)
{
	static const unsigned long requests[] = { BIOCGSTATS, BIOCGETIF };
	cap_rights_t rights;

	cap_rights_init(&rights, CAP_READ, CAP_EVENT, CAP_IOCTL);
	if (cap_rights_limit(fd, &rights) == -1)
		return -1;
	return cap_ioctls_limit(
	    fd, requests, sizeof(requests) / sizeof(requests[0]));
}
