/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpf(4) of NetBSD. */
#ifndef _NET_BPF_H_

/* Before _NET_BPF_H_ is defined, which leaves out libpcap's header. */
#include "../../bpf_common.h"

#define _NET_BPF_H_

struct bpf_stat {
	uint64_t bs_recv;
	uint64_t bs_drop;
	uint64_t bs_capt;
	uint64_t bs_padding[13];
};

/* For the model. */
#define HAVE_BS_CAPT

struct bpf_timeval {
	long tv_sec;
	long tv_usec;
};

struct bpf_hdr {
	struct bpf_timeval bh_tstamp;
	uint32_t bh_caplen;
	uint32_t bh_datalen;
	uint16_t bh_hdrlen;
};

#define SIZEOF_BPF_HDR (sizeof(struct bpf_timeval) + 10)
#define BPF_ALIGNMENT  sizeof(long)

#define BIOCLOCK       _IO('B', 20)
#define BIOCSDIRECTION _IOW('B', 21, u_int)
#define BIOCGDIRECTION _IOR('B', 22, u_int)

#define BPF_D_IN    0
#define BPF_D_INOUT 1
#define BPF_D_OUT   2

#endif
