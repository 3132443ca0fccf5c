/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_SIGNAL_H
#define CROSS_SIGNAL_H

#include <sys/types.h>

#define SIGHUP	 1
#define SIGINT	 2
#define SIGQUIT	 3
#define SIGKILL	 9
#define SIGSYS	 12
#define SIGPIPE	 13
#define SIGALRM	 14
#define SIGTERM	 15
#define SIGSTOP	 17
#define SIGCONT	 19
#define SIGCHLD	 20
#define SIGTTOU	 22
#define SIGXCPU	 24
#define SIGXFSZ	 25
#define SIGPROF	 27
#define SIGWINCH 28
#define SIGINFO	 29
#define SIGUSR1	 30
#define SIGUSR2	 31
#define NSIG	 64

#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)

#define SIG_BLOCK   1
#define SIG_UNBLOCK 2
#define SIG_SETMASK 3

#define SA_RESTART   0x0002
#define SA_NOCLDSTOP 0x0008

typedef int sig_atomic_t;

typedef struct {
	unsigned int bits[4];
} sigset_t;

struct sigaction {
	void (*sa_handler)(int);
	int sa_flags;
	sigset_t sa_mask;
};

int kill(pid_t, int);
int raise(int);
int sigaction(int, const struct sigaction *, struct sigaction *);
int sigaddset(sigset_t *, int);
int sigdelset(sigset_t *, int);
int sigemptyset(sigset_t *);
int sigfillset(sigset_t *);
int sigismember(const sigset_t *, int);
int sigprocmask(int, const sigset_t *, sigset_t *);

#endif
