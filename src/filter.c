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

#include "caret.h"
#include "child.h"
#include "clock.h"
#include "filter.h"
#include "live.h"
#include "offline.h"
#include "priv.h"

#define CPU_SECONDS 2
#define MEMORY	    (512UL << 20)
#define FILES	    16
/* In the child. */
#define ANSWER_FD (STDERR_FILENO + 1)
#define PATIENCE  (5 * CLOCK_S)

/* Where there is one limit for both, as on OpenBSD. */
#ifndef RLIMIT_AS
#define RLIMIT_AS RLIMIT_DATA
#endif

/* What comes through the pipe: this, and instructions or a text. */
struct answer {
	uint32_t an_insns; /* 0: there is a text */
	union {
		struct filter_insn insns[FILTER_MAX];
		char text[2 * PCAP_ERRBUF_SIZE];
	} an_u;
};
#define ANSWER_HEAD offsetof(struct answer, an_u)

/* Those that are lower already stay so: it may fail. */
static void
limit_all(void)
{
	const struct rlimit none = { 0, 0 };
	const struct rlimit cpu = { CPU_SECONDS, CPU_SECONDS };
	const struct rlimit files = { FILES, FILES };
	const struct rlimit memory = { MEMORY, MEMORY };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)setrlimit(RLIMIT_FSIZE, &none);
	(void)setrlimit(RLIMIT_CPU, &cpu);
	(void)setrlimit(RLIMIT_NOFILE, &files);
#ifndef __SANITIZE_ADDRESS__ /* which needs terabytes */
	(void)setrlimit(RLIMIT_AS, &memory);
#else
	(void)memory;
#endif
}

/* Finds a word in an expression.  NULL: it is not there. */
static const char *
mentions(const char *text, const char *word)
{
	const char *p = text;
	size_t n = strlen(word);

	while ((p = strstr(p, word)) != NULL) {
		if ((p == text || !isalnum((unsigned char)p[-1])) &&
		    !isalnum((unsigned char)p[n]))
			return p;
		p += n;
	}
	return NULL;
}

static pcap_t *
handle(const struct filter_request *fr, const char **problem)
{
	pcap_t *p;

	if (fr->fr_interface == NULL) {
		*problem = "libpcap takes no savefile of this link type";
		p = offline_open(fr->fr_linktype, fr->fr_swapped);
	} else if (fr->fr_linktype == DLT_EN10MB &&
	    mentions(fr->fr_expression, "vlan") != NULL) {
		*problem = "vlan: the system lets libpcap open no interface, "
			   "not even lo";
		p = live_open();
	} else {
		*problem = "out of memory";
		p = pcap_open_dead(fr->fr_linktype, 262144);
	}
	return p;
}

/* For caret_find: whether there is anything but a syntax error in it. */
static bool
parses(const char *text, void *arg)
{
	struct bpf_program prog;
	pcap_t *p = arg;

	if (pcap_compile(p, &prog, text, 1, 0) == 0) {
		pcap_freecode(&prog);
		return true;
	}
	return strstr(pcap_geterr(p), "syntax error") == NULL;
}

/*
 * Finds a word of the expression with which the message begins, as it does in
 * "inbound/outbound not supported on Ethernet".  NULL: there is none.
 */
static const char *
subject(const char *text, const char *message)
{
	const char *found = NULL;
	size_t len;
	char word[16];

	while (found == NULL && isalpha((unsigned char)*message)) {
		len = strcspn(message, "/ ");
		if (len < sizeof(word)) {
			strlcpy(word, message, len + 1);
			found = mentions(text, word);
		}
		message += len;
		if (*message == '/')
			message++;
	}
	return found;
}

/* Where the expression has what the message names, or what does not parse. */
static bool
locate(pcap_t *p, const char *text, const char *message, size_t *place)
{
	const char *open, *close, *found;
	char quoted[64];

	if (strstr(message, "syntax error") != NULL) {
		*place = caret_find(text, parses, p);
		return true;
	}
	if ((open = strpbrk(message, "'\"")) == NULL ||
	    (close = strchr(open + 1, *open)) == NULL || close == open + 1) {
		found = subject(text, message);
	} else {
		snprintf(quoted, sizeof(quoted), "%.*s",
		    (int)(close - open - 1), open + 1);
		found = strstr(text, quoted);
	}
	if (found == NULL)
		return false;
	*place = (size_t)(found - text);
	return true;
}

static void
complain(pcap_t *p, const char *text, char *out, size_t len)
{
	char message[PCAP_ERRBUF_SIZE];
	size_t place, n;

	strlcpy(message, pcap_geterr(p), sizeof(message));
	n = strlcpy(out, message, len);
	if (locate(p, text, message, &place))
		caret_show(text, place, out + n, len - n);
}

/* In the child: the answer's size. */
static size_t
compile(const struct filter_request *fr, struct answer *a)
{
	bpf_u_int32 net, mask = 0;
	char error[PCAP_ERRBUF_SIZE];
	struct bpf_program prog;
	const char *problem;
	pcap_t *p;
	size_t i;

	if (fr->fr_interface == NULL ||
	    pcap_lookupnet(fr->fr_interface, &net, &mask, error) == -1)
		mask = 0; /* as tcpdump(8) has it */
	p = handle(fr, &problem);
	priv_compiler(fr->fr_priv);
	a->an_insns = 0;
	if (p == NULL) {
		strlcpy(a->an_u.text, problem, sizeof(a->an_u.text));
	} else if (pcap_compile(p, &prog, fr->fr_expression, 1, mask) == -1) {
		complain(
		    p, fr->fr_expression, a->an_u.text, sizeof(a->an_u.text));
	} else if (prog.bf_len > FILTER_MAX) {
		snprintf(a->an_u.text, sizeof(a->an_u.text),
		    "%u instructions, and the kernel takes %d", prog.bf_len,
		    FILTER_MAX);
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

static void child(const struct filter_request *, struct answer *, int)
    __attribute__((noreturn));

static void
child(const struct filter_request *fr, struct answer *a, int fd)
{
	size_t size, done = 0;
	ssize_t n;

	/* No library of this size is to have the rights of a setuid file. */
	priv_caller();
	/* Nor what else we have open, which would leave it no room, too. */
	if (dup2(fd, ANSWER_FD) == -1)
		_exit(1);
	closefrom(ANSWER_FD + 1);
	limit_all();
	size = compile(fr, a);
	while (done < size) {
		if ((n = write(ANSWER_FD, (char *)a + done, size - done)) == -1)
			_exit(1);
		done += (size_t)n;
	}
	_exit(0);
}

/* What came until the other side closed it or time was up. */
static size_t
collect(int fd, struct answer *a)
{
	uint64_t now = clock_now(), until = now + PATIENCE;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t size = 0;
	ssize_t n;

	while (now < until && size < sizeof(*a)) {
		if (poll(&pfd, 1, clock_wait(now, until)) == 1) {
			n = read(fd, (char *)a + size, sizeof(*a) - size);
			if (n == 0 || (n == -1 && errno != EINTR))
				break;
			if (n > 0)
				size += (size_t)n;
		}
		now = clock_now();
	}
	return size;
}

/* Believes nothing: what compiled the expression may be anybody's by now. */
static int
judge(struct filter *f, struct answer *a, size_t size, char *err, size_t errlen)
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
	    size > ANSWER_HEAD + sizeof(a->an_u.text)) {
		snprintf(err, errlen,
		    "it takes too long to compile, or too much memory: "
		    "%d seconds and %lu MB are allowed",
		    CPU_SECONDS, MEMORY >> 20);
		return -1;
	}
	a->an_u.text[size - ANSWER_HEAD - 1] = '\0';
	strlcpy(err, a->an_u.text, errlen);
	for (i = 0; err[i] != '\0'; i++)
		if (!isprint((unsigned char)err[i]) && err[i] != '\n')
			err[i] = '?';
	return -1;
}

static int
compile_apart(struct filter *f, const struct filter_request *fr,
    struct answer *a, char *err, size_t errlen)
{
	size_t size;
	pid_t pid;
	int fds[2];

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
		child(fr, a, fds[1]);
	}
	close(fds[1]);
	size = collect(fds[0], a);
	close(fds[0]);
	child_end(pid);
	return judge(f, a, size, err, errlen);
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
	/* The parent may be stopped while it waits: it keeps no rights. */
	raised = priv_lower();
	result = compile_apart(f, fr, a, err, errlen);
	if (raised)
		priv_raise();
	free(a);
	return result;
}
