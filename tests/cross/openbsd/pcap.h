/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Stands in for OpenBSD's own libpcap, which is older than others: what of
 * pcap_open_live(3) the program uses, and its constants.
 */
#ifndef CROSS_PCAP_H
#define CROSS_PCAP_H

#include <sys/types.h>
#include <sys/time.h>

#include <net/bpf.h>

#include <stdio.h>

#define PCAP_VERSION_MAJOR 2
#define PCAP_VERSION_MINOR 4

#define PCAP_ERRBUF_SIZE 256

#define PCAP_ERROR	 (-1)
#define PCAP_ERROR_BREAK (-2)

typedef struct pcap pcap_t;
typedef struct pcap_dumper pcap_dumper_t;

struct pcap_file_header {
	bpf_u_int32 magic;
	u_short version_major;
	u_short version_minor;
	bpf_int32 thiszone;
	bpf_u_int32 sigfigs;
	bpf_u_int32 snaplen;
	bpf_u_int32 linktype;
};

struct pcap_pkthdr {
	struct bpf_timeval ts;
	bpf_u_int32 caplen;
	bpf_u_int32 len;
};

u_int bpf_filter(const struct bpf_insn *, const u_char *, u_int, u_int);
void pcap_close(pcap_t *);
int pcap_compile(
    pcap_t *, struct bpf_program *, const char *, int, bpf_u_int32);
int pcap_datalink(pcap_t *);
void pcap_dump_close(pcap_dumper_t *);
pcap_dumper_t *pcap_dump_fopen(pcap_t *, FILE *);
pcap_t *pcap_fopen_offline(FILE *, char *);
void pcap_freecode(struct bpf_program *);
char *pcap_geterr(pcap_t *);
int pcap_is_swapped(pcap_t *);
int pcap_lookupnet(const char *, bpf_u_int32 *, bpf_u_int32 *, char *);
int pcap_next_ex(pcap_t *, struct pcap_pkthdr **, const u_char **);
pcap_t *pcap_open_dead(int, int);
int pcap_setfilter(pcap_t *, struct bpf_program *);

#endif
