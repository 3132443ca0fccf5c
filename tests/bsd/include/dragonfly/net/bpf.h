/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpf(4) of DragonFly. */
#ifndef _NET_BPF_H_

/* Before _NET_BPF_H_ is defined, which leaves out libpcap's header. */
#include "../../bpf_common.h"

#define _NET_BPF_H_

struct bpf_stat {
	u_int bs_recv;
	u_int bs_drop;
};

struct bpf_hdr {
	struct timeval bh_tstamp;
	uint32_t bh_caplen;
	uint32_t bh_datalen;
	u_short bh_hdrlen;
};

#define SIZEOF_BPF_HDR (sizeof(struct timeval) + 10)
#define BPF_ALIGNMENT  sizeof(long)

#define BIOCLOCK     _IO('B', 20)
#define BIOCSSEESENT _IOW('B', 21, u_int)
#define BIOCGSEESENT _IOR('B', 22, u_int)

#endif
