/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/time.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <pcap.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/detach.h"
#include "filter/filter.h"
#include "filter/filter_child.h"
#include "filter/filter_error.h"
#include "filter/filter_live.h"
#include "filter/filter_offline.h"
#include "priv/priv.h"

/* Limit of open descriptors. */
#define FILES_MAX 16
/* The socket. */
#define SOCK_FD (STDERR_FILENO + 1)

/* OpenBSD has a single limit for data and address space. */
#ifndef RLIMIT_AS
#define RLIMIT_AS RLIMIT_DATA
#endif

/*
 * Limits the process.  Failures are ignored: a hard limit may be lower already.
 */
static void
set_limits(void)
{
	const struct rlimit none = { 0, 0 };
	const struct rlimit cpu = { FILTER_CHILD_CPU, FILTER_CHILD_CPU };
	const struct rlimit files = { FILES_MAX, FILES_MAX };
	const struct rlimit memory = { FILTER_MEMORY, FILTER_MEMORY };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)setrlimit(RLIMIT_FSIZE, &none);
	(void)setrlimit(RLIMIT_CPU, &cpu);
	(void)setrlimit(RLIMIT_NOFILE, &files);
#ifndef __SANITIZE_ADDRESS__ /* AddressSanitizer reserves terabytes */
	(void)setrlimit(RLIMIT_AS, &memory);
#else
	(void)memory;
#endif
}

/*
 * Limits the time of one question.  SIGPROF tells the parent the reason;
 * SIGALRM ends a child whose parent is dead.
 */
static void
limit_question(void)
{
	const struct itimerval cpu = { .it_value = { .tv_sec = FILTER_CPU } };

	if (setitimer(ITIMER_PROF, &cpu, NULL) == -1)
		_exit(1);
	alarm(PRIV_COMPILER_SECONDS + 5);
}

static void
unlimit_question(void)
{
	const struct itimerval none = { .it_value = { 0, 0 } };

	if (setitimer(ITIMER_PROF, &none, NULL) == -1)
		_exit(1);
	alarm(0);
}

/*
 * Opens the libpcap handle that generates code for the question.  On failure
 * returns NULL and sets the problem.
 */
static pcap_t *
open_handle(const struct filter_question *q, const char **problem)
{
	if (q->fq_savefile) {
		*problem = "libpcap reads no savefiles of this link type";
		return filter_offline_open(q->fq_linktype, q->fq_swapped);
	}
	*problem = "out of memory";
	return pcap_open_dead(q->fq_linktype, 262144);
}

static void
take_program(struct filter_answer *a, const struct bpf_program *prog)
{
	size_t i;

	a->fa_insns = prog->bf_len;
	a->fa_size = (uint32_t)(prog->bf_len * sizeof(a->fa_u.insns[0]));
	for (i = 0; i < prog->bf_len; i++)
		a->fa_u.insns[i] = (struct filter_insn){
			.fi_code = prog->bf_insns[i].code,
			.fi_jt = prog->bf_insns[i].jt,
			.fi_jf = prog->bf_insns[i].jf,
			.fi_k = prog->bf_insns[i].k,
		};
}

/* Compiles the question with the handle. */
static void
compile(pcap_t *p, const struct filter_question *q, struct filter_answer *a)
{
	const unsigned int most =
	    q->fq_savefile ? FILTER_MAX : filter_live_instructions;
	const uint64_t begun = clock_now();
	struct bpf_program prog;

	if (pcap_compile(p, &prog, q->fq_text, 1, q->fq_netmask) == -1) {
		filter_error_compile(p, q->fq_text, clock_now() - begun,
		    a->fa_u.text, sizeof(a->fa_u.text));
		return;
	}
	if (prog.bf_len > most)
		filter_error_large(prog.bf_len, most, !q->fq_savefile,
		    a->fa_u.text, sizeof(a->fa_u.text));
	else
		take_program(a, &prog);
	pcap_freecode(&prog);
}

/* live: handle for a live child, or NULL. */
static void
answer(bool is_live, pcap_t *live, const struct filter_question *q,
    struct filter_answer *a)
{
	const char *problem = "vlan: cannot be compiled: the system lets "
			      "libpcap open no interface, not even lo; allow "
			      "user namespaces, or start as root";
	pcap_t *p = is_live ? live : open_handle(q, &problem);

	a->fa_insns = 0;
	if (p == NULL)
		strlcpy(a->fa_u.text, problem, sizeof(a->fa_u.text));
	else
		compile(p, q, a);
	if (a->fa_insns == 0)
		a->fa_size = (uint32_t)strlen(a->fa_u.text) + 1;
	if (p != NULL && !is_live)
		pcap_close(p);
}

/* Reads all bytes; ends the process at the end of file. */
static void
read_all(void *buf, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = read(SOCK_FD, (char *)buf + done, size - done);
		if (n == 0)
			_exit(0);
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			_exit(1);
	}
}

static void
write_all(const void *buf, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = write(SOCK_FD, (const char *)buf + done, size - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == -1 && errno != EINTR)
			_exit(1);
	}
}

void
filter_child_run(const struct priv *priv, bool is_live, int fd)
{
	static struct filter_question q;
	static struct filter_answer a;
	pcap_t *live;

	/* libpcap is large: it runs without the rights of a set-user-ID file.
	 */
	priv_setuid_caller();
	/* Other descriptors are out of reach and do not count for the limit. */
	if (dup2(fd, SOCK_FD) == -1 ||
	    fcntl(SOCK_FD, F_SETFD, FD_CLOEXEC) == -1)
		_exit(1);
	closefrom(SOCK_FD + 1);
	detach(-1);
	set_limits();
	limit_question();
	live = is_live ? filter_live_open() : NULL;
	priv_compiler(priv);
	detach_error();
	for (;;) {
		read_all(&q, FILTER_QUESTION_HEAD);
		read_all(q.fq_text, q.fq_length);
		limit_question();
		answer(is_live, live, &q, &a);
		unlimit_question();
		write_all(&a, FILTER_ANSWER_HEAD + a.fa_size);
	}
}
