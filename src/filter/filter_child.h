/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The confined process that compiles filters.  It reads a question from its
 * socket, writes the answer, and reads the next question.
 */
#ifndef FILTER_CHILD_H
#define FILTER_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pcap.h>

#include "filter/filter.h"

struct priv;

/* Without padding: questions are compared byte by byte. */
struct filter_question {
	int32_t fq_linktype; /* DLT_... */
	uint32_t fq_netmask; /* as of pcap_lookupnet(3); 0: unknown */
	uint8_t fq_live; /* for Ethernet with VLAN tags, see filter_live.h */
	uint8_t fq_savefile; /* for a savefile, else for the kernel */
	uint8_t fq_swapped;  /* savefile in the other byte order */
	uint8_t fq_unused;
	uint32_t fq_length; /* of fq_text, with the terminating 0; bytes */
	char fq_text[FILTER_TEXT];
};
#define FILTER_QUESTION_HEAD offsetof(struct filter_question, fq_text)

struct filter_answer {
	uint32_t fa_insns; /* instructions; 0: an error text follows */
	uint32_t fa_size;  /* of fa_u; bytes */
	union {
		struct filter_insn insns[FILTER_MAX];
		char text[2 * PCAP_ERRBUF_SIZE];
	} fa_u;
};
#define FILTER_ANSWER_HEAD offsetof(struct filter_answer, fa_u)

/*
 * Limit of the processor time of a child, for all its questions; s.  Each
 * question is limited by FILTER_CPU.
 */
#define FILTER_CHILD_CPU 30

/*
 * Gives up rights and descriptors, and answers questions until the socket is
 * closed.  live: for questions with fq_live, and for no others.
 */
void filter_child_run(const struct priv *, bool live, int fd)
    __attribute__((noreturn));

#endif
