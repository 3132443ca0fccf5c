/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Compiles pcap-filter(7) expressions into classic BPF.  libpcap runs in an
 * unprivileged child, and its time, memory and answer are limited.  A compiler
 * (filter_compiler.h) has one child for many filters.
 */
#ifndef FILTER_H
#define FILTER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct filter_compiler;
struct priv;

/* Size of the longest expression; bytes with the terminating 0. */
#define FILTER_TEXT 65536
/*
 * Instructions of the longest filter.  Linux accepts 4096 (BPF_MAXINSNS);
 * sources prepend a few of their own.
 */
#define FILTER_MAX 4080

/* Same members as struct sock_filter (Linux) and struct bpf_insn (BSD). */
struct filter_insn {
	uint16_t fi_code;
	uint8_t fi_jt;
	uint8_t fi_jf;
	uint32_t fi_k;
};

struct filter {
	size_t f_len; /* instructions; 0: accepts every packet */
	struct filter_insn f_insns[FILTER_MAX];
};

struct filter_request {
	const char *fr_expression; /* pcap-filter(7) */
	const char *fr_interface;  /* source of the netmask; NULL: a savefile */
	bool fr_swapped;	   /* savefile in the other byte order */
	int fr_linktype;	   /* DLT_... */
	const struct priv *fr_priv;	     /* rights to drop in the child */
	struct filter_compiler *fr_compiler; /* NULL: a child of its own */
	/* Waits for the child: poll(2), or a function with its interface. */
	int (*fr_poll)(struct pollfd *, nfds_t, int ms);
};

/*
 * Compiles the request; an empty expression accepts every packet.  Takes up to
 * PRIV_COMPILER_SECONDS, for the look-up of host names.  Returns 0, or -1 with
 * the reason in err: no object in front, and sometimes two more lines, the
 * expression and a caret below the wrong part.
 */
int filter_compile(
    struct filter *, const struct filter_request *, char *err, size_t errlen);

#endif
