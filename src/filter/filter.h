/*
 * A filter expression, pcap-filter(7), becomes a program of the classic
 * packet filter.  libpcap does it, in a process of its own: without
 * privileges, and with bounds on its time, its memory and its answer.
 */
#ifndef FILTER_H
#define FILTER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct priv;

/* An expression is shorter than this, in bytes with its final 0. */
#define FILTER_TEXT 65536
/* Instructions; the kernel takes 4096, and some are put in front. */
#define FILTER_MAX 4080

/* As struct sock_filter and struct bpf_insn have it. */
struct filter_insn {
	uint16_t fi_code;
	uint8_t fi_jt;
	uint8_t fi_jf;
	uint32_t fi_k;
};

struct filter {
	size_t f_len; /* 0: everything */
	struct filter_insn f_insns[FILTER_MAX];
};

/* What is to be compiled. */
struct filter_request {
	const char *fr_expression;
	const char *fr_interface; /* for its network mask; NULL: a savefile */
	bool fr_swapped;	  /* savefile in the other byte order */
	int fr_linktype;	  /* DLT_... */
	const struct priv *fr_priv;
	/* How to wait for the compiling process: poll(2), or as it does. */
	int (*fr_poll)(struct pollfd *, nfds_t, int ms);
};

/*
 * 0, or -1 and what is wrong in err, without a name before it; it may have
 * more lines, the expression and a caret under the part that is wrong.
 */
int filter_compile(
    struct filter *, const struct filter_request *, char *err, size_t errlen);

#endif
