/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/resource.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/detach.h"
#include "filter/filter.h"
#include "filter/filter_caret.h"
#include "filter/filter_error.h"
#include "filter/filter_live.h"
#include "filter/filter_offline.h"
#include "priv/priv.h"

/* Limit of open descriptors in the child. */
#define FILES_MAX 16
/* Write end of the answer pipe in the child. */
#define ANSWER_FD (STDERR_FILENO + 1)
#define TIMEOUT	  (PRIV_COMPILER_SECONDS * CLOCK_S)

/* OpenBSD has a single limit for data and address space. */
#ifndef RLIMIT_AS
#define RLIMIT_AS RLIMIT_DATA
#endif

/* Message from the child: the number of instructions, then its payload. */
struct answer {
	uint32_t an_insns; /* instructions; 0: an error text follows */
	union {
		struct filter_insn insns[FILTER_MAX];
		char text[2 * PCAP_ERRBUF_SIZE];
	} an_u;
};
#define ANSWER_HEAD offsetof(struct answer, an_u)

/* Limits the child.  Failures are ignored: a hard limit may be lower already.
 */
static void
set_limits(void)
{
	const struct rlimit none = { 0, 0 };
	/* SIGXCPU at the soft limit tells the parent the reason. */
	const struct rlimit cpu = { FILTER_CPU, FILTER_CPU + 1 };
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
 * Opens the libpcap handle that generates code for the request.  On failure
 * returns NULL and sets the problem.
 */
static pcap_t *
open_handle(const struct filter_request *fr, const char **problem)
{
	pcap_t *p;

	if (fr->fr_interface == NULL) {
		*problem = "libpcap reads no savefiles of this link type";
		p = filter_offline_open(fr->fr_linktype, fr->fr_swapped);
	} else if (fr->fr_linktype == DLT_EN10MB &&
	    filter_caret_word(fr->fr_expression, "vlan") != NULL) {
		*problem = "vlan: cannot be compiled: the system lets libpcap "
			   "open no interface, not even lo; allow user "
			   "namespaces, or start as root";
		p = filter_live_open();
	} else {
		*problem = "out of memory";
		p = pcap_open_dead(fr->fr_linktype, 262144);
	}
	return p;
}

/* Compiles the expression in the child.  Returns the size of the answer. */
static size_t
compile(const struct filter_request *fr, struct answer *a)
{
	bpf_u_int32 net, mask = 0;
	char error[PCAP_ERRBUF_SIZE];
	struct bpf_program prog;
	unsigned int most =
	    fr->fr_interface == NULL ? FILTER_MAX : filter_live_instructions;
	const char *problem;
	uint64_t begun;
	pcap_t *p;
	size_t i;

	if (fr->fr_interface == NULL ||
	    pcap_lookupnet(fr->fr_interface, &net, &mask, error) == -1)
		mask = 0; /* same fallback as tcpdump(8) */
	p = open_handle(fr, &problem);
	priv_compiler(fr->fr_priv);
	detach_error();
	a->an_insns = 0;
	begun = clock_now();
	if (p == NULL) {
		strlcpy(a->an_u.text, problem, sizeof(a->an_u.text));
	} else if (pcap_compile(p, &prog, fr->fr_expression, 1, mask) == -1) {
		filter_error_compile(p, fr->fr_expression, clock_now() - begun,
		    a->an_u.text, sizeof(a->an_u.text));
	} else if (prog.bf_len > most) {
		filter_error_large(prog.bf_len, most, fr->fr_interface != NULL,
		    a->an_u.text, sizeof(a->an_u.text));
	} else {
		a->an_insns = prog.bf_len;
		for (i = 0; i < prog.bf_len; i++)
			a->an_u.insns[i] = (struct filter_insn){
				.fi_code = prog.bf_insns[i].code,
				.fi_jt = prog.bf_insns[i].jt,
				.fi_jf = prog.bf_insns[i].jf,
				.fi_k = prog.bf_insns[i].k,
			};
		return ANSWER_HEAD + prog.bf_len * sizeof(struct filter_insn);
	}
	return ANSWER_HEAD + strlen(a->an_u.text) + 1;
}

static void run_child(const struct filter_request *, struct answer *, int)
    __attribute__((noreturn));

/* Child: gives up rights and descriptors, compiles and writes the answer. */
static void
run_child(const struct filter_request *fr, struct answer *a, int fd)
{
	size_t size, done = 0;
	ssize_t n;

	/* libpcap is large: it runs without the rights of a set-user-ID file.
	 */
	priv_setuid_caller();
	/* Other descriptors are out of reach and do not count for the limit. */
	if (dup2(fd, ANSWER_FD) == -1)
		_exit(1);
	closefrom(ANSWER_FD + 1);
	detach(-1);
	set_limits();
	size = compile(fr, a);
	while (done < size) {
		if ((n = write(ANSWER_FD, (char *)a + done, size - done)) == -1)
			_exit(1);
		done += (size_t)n;
	}
	_exit(0);
}

/*
 * Reads the answer until the child closes the pipe, and sets `late` if that
 * takes longer than TIMEOUT.  Returns the size of the answer.
 */
static size_t
read_answer(
    const struct filter_request *fr, int fd, struct answer *a, bool *late)
{
	uint64_t now = clock_now(), until = now + TIMEOUT;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t size = 0;
	ssize_t n;

	while (size < sizeof(*a)) {
		pfd.revents = 0;
		fr->fr_poll(&pfd, 1, clock_wait(now, until));
		if (pfd.revents != 0) {
			n = read(fd, (char *)a + size, sizeof(*a) - size);
			if (n == 0 || (n == -1 && errno != EINTR))
				break;
			if (n > 0)
				size += (size_t)n;
		} else if (now >= until) {
			*late = true;
			break;
		}
		now = clock_now();
	}
	return size;
}

/*
 * Validates the answer and stores the filter.  A malicious expression may
 * control the child, so nothing in the answer is trusted.  Returns 0, -1 with
 * libpcap's error in err, or 1 if the answer is invalid.
 */
static int
take_answer(
    struct filter *f, struct answer *a, size_t size, char *err, size_t errlen)
{
	size_t i;

	if (size > ANSWER_HEAD && a->an_insns != 0 &&
	    a->an_insns <= FILTER_MAX &&
	    size == ANSWER_HEAD + a->an_insns * sizeof(struct filter_insn)) {
		f->f_len = a->an_insns;
		memcpy(f->f_insns, a->an_u.insns,
		    f->f_len * sizeof(f->f_insns[0]));
		return 0;
	}
	if (size <= ANSWER_HEAD || a->an_insns != 0 ||
	    size > ANSWER_HEAD + sizeof(a->an_u.text))
		return 1;
	a->an_u.text[size - ANSWER_HEAD - 1] = '\0';
	strlcpy(err, a->an_u.text, errlen);
	for (i = 0; err[i] != '\0'; i++)
		if (!isprint((unsigned char)err[i]) && err[i] != '\n')
			err[i] = '?';
	return -1;
}

/* Compiles in a child.  Returns 0, or -1 with the reason in err. */
static int
compile_in_child(struct filter *f, const struct filter_request *fr,
    struct answer *a, char *err, size_t errlen)
{
	bool late = false;
	size_t size;
	pid_t pid;
	int fds[2], status, result;

	if (pipe2(fds, O_CLOEXEC) == -1) {
		snprintf(err, errlen, "pipe: %s", strerror(errno));
		return -1;
	}
	switch (pid = fork()) {
	case -1:
		snprintf(err, errlen, "fork: %s", strerror(errno));
		close(fds[0]);
		close(fds[1]);
		return -1;
	case 0:
		close(fds[0]);
		run_child(fr, a, fds[1]);
	default:
		break;
	}
	close(fds[1]);
	size = read_answer(fr, fds[0], a, &late);
	close(fds[0]);
	status = child_end(pid);
	if ((result = take_answer(f, a, size, err, errlen)) != 1)
		return result;
	filter_error_end(late, status, err, errlen);
	return -1;
}

int
filter_compile(
    struct filter *f, const struct filter_request *fr, char *err, size_t errlen)
{
	struct answer *a;
	bool raised;
	int result;

	f->f_len = 0;
	if (fr->fr_expression[strspn(fr->fr_expression, " \t\r\n")] == '\0')
		return 0;
	if (strlen(fr->fr_expression) >= FILTER_TEXT) {
		snprintf(err, errlen, "longer than %d bytes", FILTER_TEXT - 1);
		return -1;
	}
	if ((a = calloc(1, sizeof(*a))) == NULL) {
		snprintf(err, errlen, "%s", strerror(errno));
		return -1;
	}
	/* The caller can stop the parent while it waits: it drops its rights.
	 */
	raised = priv_setuid_lower();
	result = compile_in_child(f, fr, a, err, errlen);
	if (raised)
		priv_setuid_raise();
	free(a);
	return result;
}
