/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpf(4) of macOS. */
#ifndef _NET_BPF_H_

/* Before _NET_BPF_H_ is defined, which leaves out libpcap's header. */
#include "../../bpf_common.h"

#define _NET_BPF_H_

struct bpf_stat {
	u_int bs_recv;
	u_int bs_drop;
};

/* 32 bits on every processor. */
struct timeval32 {
	int32_t tv_sec;
	int32_t tv_usec;
};

struct bpf_hdr {
	struct timeval32 bh_tstamp;
	uint32_t bh_caplen;
	uint32_t bh_datalen;
	u_short bh_hdrlen;
};

#define SIZEOF_BPF_HDR 18
#define BPF_ALIGNMENT  sizeof(int32_t)

#define BIOCSSEESENT _IOW('B', 21, u_int)
#define BIOCGSEESENT _IOR('B', 22, u_int)

#endif
