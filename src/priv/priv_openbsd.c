#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/detach.h"
#include "ipc/order.h"
#include "priv/priv.h"
#include "priv/priv_user.h"

/* Devices of systems where /dev/bpf alone does not do. */
#define DEVICES 10

/* Room for all promises of one process. */
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
	/* A process that has changed its user is so by itself. */
}

void
priv_compiler(const struct priv *p)
{
	leave_root(p);
	/* The caller is gone if it has not ended us by then. */
	alarm(PRIV_COMPILER_SECONDS + 5);
	show("/", "");
	/* "dns" brings along the other files in which names are. */
	show("/etc/ethers", "r");
	show("/etc/networks", "r");
	show_no_more();
	promise("stdio rpath dns");
}

void
priv_watcher(const struct priv *p, const struct order_ends *ends,
    const struct priv_fds *fds, size_t n)
{
	const bool passes = ends->oe_before != -1 || ends->oe_after != -1;
	bool asks = passes;
	char promises[PROMISES];
	size_t i;

	for (i = 0; i < n; i++)
		asks = asks || fds[i].pf_ask != -1;
	detach(n > 0 ? fds->pf_savefile : -1);
	leave_root(p);
	/* Without this one, the next would hide nothing. */
	show("/", "");
	show_no_more();
	/* A device that came back goes from one watcher to the next. */
	snprintf(promises, sizeof(promises), "stdio%s%s%s",
	    n > 0 && fds->pf_savefile != -1 ? "" : " bpf",
	    asks ? " recvfd" : "", passes ? " sendfd" : "");
	promise(promises);
	detach_error();
}

void
priv_control(const struct priv *p, int listen_fd, int runner_fd)
{
	(void)listen_fd;
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

/* Whether the runner has any command, or all, or any file to remove. */
static bool executes, executes_any, removes;

/* What the first line of a script names is executed by the kernel as well. */
static void
show_interpreter(const char *path)
{
	char line[256];
	char *name;
	FILE *fp;

	/* What is no script, or cannot be read, needs none. */
	if ((fp = fopen(path, "re")) == NULL)
		return;
	if (fgets(line, sizeof(line), fp) != NULL &&
	    strncmp(line, "#!", 2) == 0) {
		name = line + 2 + strspn(line + 2, " \t");
		name[strcspn(name, " \t\n")] = '\0';
		if (name[0] != '\0')
			/* When there is none, execve(2) says so. */
			(void)unveil(name, "x");
	}
	fclose(fp);
}

void
priv_command(const char *path)
{
	show_interpreter(path);
	show(path, "x");
	executes = true;
}

/*
 * One veil for all: whoever may lift it for one command more may lift it for
 * any, and there is not room for as many as there may be in time.
 */
void
priv_any_command(void)
{
	show("/", "rx");
	executes = executes_any = true;
}

void
priv_commands(void)
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

void
priv_remove(const char *path)
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
priv_opener(void)
{
	/* What it forks has to hide more yet, so this is not the last word. */
	show("/", "r");
	show_devices();
	/* As for the opener there is no promise. */
}

void
priv_reopen(void)
{
	if (chdir("/dev") == -1)
		err(1, "/dev");
	show("/", "");
	show_devices();
	show_no_more();
	/* No promise allows to bind a device to an interface. */
}

int
priv_source(int fd)
{
	/* BIOCLOCK and the watcher's promises have done it. */
	(void)fd;
	return 0;
}
