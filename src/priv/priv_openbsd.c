/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/detach.h"
#include "base/executable.h"
#include "ipc/order.h"
#include "priv/priv.h"
#include "priv/priv_user.h"

/* Numbered devices, of versions where /dev/bpf is not a cloning device. */
#define DEVICES 10

/* Size of the promises of a process. */
#define PROMISES 64

static void
show(const char *path, const char *permissions)
{
	if (unveil(path, permissions) == -1)
		err(1, "unveil: %s", path);
}

static void
show_no_more(void)
{
	if (unveil(NULL, NULL) == -1)
		err(1, "unveil");
}

static void
promise(const char *promises)
{
	if (pledge(promises, NULL) == -1)
		err(1, "pledge: %s", promises);
}

static void
leave_root(const struct priv *p)
{
	if (geteuid() == 0)
		priv_user_watcher(p);
	priv_user_check();
}

void
priv_user_opaque(void)
{
	/* OpenBSD forbids tracing a process that changed its user. */
}

void
priv_compiler(const struct priv *p)
{
	leave_root(p);
	show("/", "");
	/* The promise "dns" allows the other files with names. */
	show("/etc/ethers", "r");
	show("/etc/networks", "r");
	show_no_more();
	promise("stdio rpath dns");
}

void
priv_watcher(const struct priv *p, const struct order_ends *ends, int notice,
    int savefile, bool memory)
{
	char promises[PROMISES];

	(void)notice;
	(void)memory;
	detach(savefile);
	leave_root(p);
	/* Without a first unveil(2), the lock would hide nothing. */
	show("/", "");
	show_no_more();
	/* The opener passes devices. */
	snprintf(promises, sizeof(promises), "stdio%s%s",
	    savefile != -1 ? "" : " bpf",
	    ends->oe_opener != -1 ? " recvfd" : "");
	promise(promises);
	detach_error();
}

void
priv_control(
    const struct priv *p, const int *listen_fds, size_t n, int runner_fd)
{
	(void)listen_fds;
	(void)n;
	(void)runner_fd;
	detach(-1);
	leave_root(p);
	show("/", "");
	show_no_more();
	promise("stdio unix");
	detach_error();
}

void
priv_runner(const struct priv *p)
{
	priv_user_commands(p);
	priv_user_check();
}

/* The runner has a command, all commands, a file to remove. */
static bool executes, executes_any, removes;

/* Unveils a script's interpreter, which the kernel executes. */
static void
show_interpreter(const char *path)
{
	char name[EXECUTABLE_HEAD];

	/* The interpreter may have gone meanwhile; then execve(2) fails. */
	if (executable_interpreter(path, name))
		(void)unveil(name, "x");
}

void
priv_exec_allow(const char *path)
{
	show_interpreter(path);
	show(path, "x");
	executes = true;
}

/*
 * Unveils all files: a reload may name any command, and a process has a limited
 * number of veils.
 */
void
priv_exec_allow_any(void)
{
	show("/", "rx");
	executes = executes_any = true;
}

void
priv_exec_confine(void)
{
	char promises[PROMISES];

	if (!executes && !removes)
		show("/", "");
	show_no_more();
	snprintf(promises, sizeof(promises), "stdio%s%s proc%s",
	    executes_any || removes ? " rpath" : "", removes ? " cpath" : "",
	    executes ? " exec" : "");
	promise(promises);
}

bool
priv_exec_reads(void)
{
	return executes_any;
}

void
priv_exec_remove(const char *path)
{
	show(path, "rc");
	removes = true;
}

static void
show_devices(void)
{
	char path[32];
	int i;

	show("/dev/bpf", "rw");
	for (i = 0; i < DEVICES; i++) {
		snprintf(path, sizeof(path), "/dev/bpf%d", i);
		show(path, "rw");
	}
}

void
priv_opener(bool files)
{
	/* Not locked with files: the opener's children unveil(2) less. */
	show("/", files ? "r" : "");
	show_devices();
	/* No pledge: no promise allows BIOCSETIF. */
	if (files)
		return;
	if (chdir("/dev") == -1)
		err(1, "/dev");
	show_no_more();
}

int
priv_source(int fd)
{
	/* BIOCLOCK and the watcher's promises limit the device. */
	(void)fd;
	return 0;
}
