/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpf(4) of OpenBSD 5.1. */
#ifndef _NET_BPF_H_

/* Before _NET_BPF_H_ is defined, which leaves out libpcap's header. */
#include "../../bpf_common.h"

#define _NET_BPF_H_

struct bpf_stat {
	u_int bs_recv;
	u_int bs_drop;
};

struct bpf_timeval {
	uint32_t tv_sec;
	uint32_t tv_usec;
};

struct bpf_hdr {
	struct bpf_timeval bh_tstamp;
	uint32_t bh_caplen;
	uint32_t bh_datalen;
	uint16_t bh_hdrlen;
};

/* Without the compiler's padding at the end. */
#define SIZEOF_BPF_HDR 18
#define BPF_ALIGNMENT  sizeof(uint32_t)

#define BIOCLOCK     _IO('B', 20)
#define BIOCGDIRFILT _IOR('B', 21, u_int)
#define BIOCSDIRFILT _IOW('B', 22, u_int)

#define BPF_DIRECTION_IN  1
#define BPF_DIRECTION_OUT 2

#endif
