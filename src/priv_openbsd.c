#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "order.h"
#include "priv.h"
#include "priv_user.h"

/* Devices of systems where /dev/bpf alone does not do. */
#define DEVICES 10

/* A name that takes so long is not looked up: nobody waits for it any more. */
#define COMPILER_SECONDS 10

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
		user_watcher(p);
	user_check();
}

void
priv_opaque(void)
{
	/* A process that has changed its user is so by itself. */
}

void
priv_compiler(const struct priv *p)
{
	leave_root(p);
	alarm(COMPILER_SECONDS);
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
	bool asks = false;
	size_t i;

	(void)ends;
	for (i = 0; i < n; i++)
		asks = asks || fds[i].pf_ask != -1;
	leave_root(p);
	/* Without this one, the next would hide nothing. */
	show("/", "");
	show_no_more();
	if (n > 0 && fds->pf_savefile != -1)
		promise("stdio");
	else if (asks)
		promise("stdio bpf recvfd");
	else
		promise("stdio bpf");
}

void
priv_teller(const struct priv *p, int listen_fd, int runner_fd)
{
	(void)listen_fd;
	(void)runner_fd;
	leave_root(p);
	show("/", "");
	show_no_more();
	promise("stdio unix");
}

void
priv_runner(const struct priv *p)
{
	user_commands(p);
	user_check();
}

/* Whether the runner has any command, or any file to remove. */
static bool executes, removes;

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

void
priv_commands(void)
{
	if (!executes && !removes)
		show("/", "");
	show_no_more();
	if (removes)
		promise(executes ? "stdio rpath cpath proc exec" :
				   "stdio rpath cpath proc");
	else
		promise(executes ? "stdio proc exec" : "stdio proc");
}

void
priv_remove(const char *path)
{
	show(path, "rc");
	removes = true;
}

void
priv_opener(void)
{
	char path[32];
	int i;

	if (chdir("/dev") == -1)
		err(1, "/dev");
	show("/dev/bpf", "rw");
	for (i = 0; i < DEVICES; i++) {
		snprintf(path, sizeof(path), "/dev/bpf%d", i);
		show(path, "rw");
	}
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
