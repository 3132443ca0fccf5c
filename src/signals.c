#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "signals.h"

/* What we make of signals; all others have their default. */
static const int caught[] = {
	SIGCHLD,
	SIGHUP,
	SIGINT,
	SIGTERM,
	SIGUSR1,
#ifdef SIGINFO
	SIGINFO,
#endif
};
#define CAUGHT (sizeof(caught) / sizeof(caught[0]))

static int read_end = -1;
static int write_end = -1;

static void
handle(int sig)
{
	unsigned char byte = (unsigned char)sig;
	int i, saved = errno;

	/* A full pipe holds a byte that wakes us already. */
	for (i = 0; i < 3 && write(write_end, &byte, 1) == -1; i++)
		;
	errno = saved;
}

static int
set(int sig, void (*handler)(int))
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sa.sa_flags = SA_RESTART | SA_NOCLDSTOP;
	sigfillset(&sa.sa_mask);
	return sigaction(sig, &sa, NULL);
}

static int
ignored(int sig)
{
	struct sigaction sa;

	return sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
}

int
signals_open(void)
{
	sigset_t none;
	size_t i;
	int nohup = ignored(SIGHUP), pair[2], sig;

	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	read_end = pair[0];
	write_end = pair[1];
	for (sig = 1; sig < NSIG; sig++)
		if (ignored(sig) && set(sig, SIG_DFL) == -1)
			return -1;
	for (i = 0; i < CAUGHT; i++)
		if (set(caught[i], handle) == -1)
			return -1;
	if (nohup && set(SIGHUP, SIG_IGN) == -1)
		return -1;
	/* What cannot be written is lost, and that is all. */
	if (set(SIGPIPE, SIG_IGN) == -1 || set(SIGXFSZ, SIG_IGN) == -1)
		return -1;
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		return -1;
	return pair[0];
}

int
signals_next(int fd)
{
	unsigned char byte;
	ssize_t n;

	do {
		n = read(fd, &byte, 1);
	} while (n == -1 && errno == EINTR);
	if (n == 1)
		return byte;
	return n == -1 && errno == EAGAIN ? 0 : -1;
}

int
signals_reset(void)
{
	sigset_t none;
	size_t i;

	/* A handler of ours must not run in a child. */
	for (i = 0; i < CAUGHT; i++)
		if (set(caught[i], SIG_DFL) == -1)
			return -1;
	if (set(SIGPIPE, SIG_DFL) == -1 || set(SIGXFSZ, SIG_DFL) == -1)
		return -1;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

void
signals_block(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	close(read_end);
	close(write_end);
}
