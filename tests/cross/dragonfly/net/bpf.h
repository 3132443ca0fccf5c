/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_NET_BPF_H
#define CROSS_NET_BPF_H

/* That libpcap's own is left out. */
#define _NET_BPF_H_

#include <sys/types.h>
#include <sys/time.h>

typedef int32_t bpf_int32;
typedef uint32_t bpf_u_int32;

#define BPF_ALIGNMENT	 sizeof(long)
#define BPF_WORDALIGN(x) (((x) + (BPF_ALIGNMENT - 1)) & ~(BPF_ALIGNMENT - 1))
#define BPF_MAXINSNS	 512

struct bpf_insn {
	u_short code;
	u_char jt;
	u_char jf;
	bpf_u_int32 k;
};

struct bpf_program {
	u_int bf_len;
	struct bpf_insn *bf_insns;
};

struct bpf_stat {
	u_int bs_recv;
	u_int bs_drop;
};

struct bpf_hdr {
	struct timeval bh_tstamp;
	bpf_u_int32 bh_caplen;
	bpf_u_int32 bh_datalen;
	u_short bh_hdrlen;
};

#define CROSS_BIOC(n) (0x20004200UL + (n))
#define BIOCGBLEN     CROSS_BIOC(102)
#define BIOCSBLEN     CROSS_BIOC(102)
#define BIOCSETF      CROSS_BIOC(103)
#define BIOCFLUSH     CROSS_BIOC(104)
#define BIOCGDLT      CROSS_BIOC(106)
#define BIOCGETIF     CROSS_BIOC(107)
#define BIOCSETIF     CROSS_BIOC(108)
#define BIOCSRTIMEOUT CROSS_BIOC(109)
#define BIOCGSTATS    CROSS_BIOC(111)
#define BIOCIMMEDIATE CROSS_BIOC(112)
#define BIOCSSEESENT  CROSS_BIOC(119)
#define BIOCLOCK      CROSS_BIOC(123)

#define BPF_RET 0x06
#define BPF_K	0x00

#define DLT_NULL   0
#define DLT_EN10MB 1
#define DLT_PFLOG  117

#endif
