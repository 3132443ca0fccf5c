/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpf(4) of OpenBSD 7.8. */
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
	uint16_t bh_ifidx;
	uint16_t bh_flowid;
	uint8_t bh_flags;
	uint8_t bh_drops;
};

#define SIZEOF_BPF_HDR sizeof(struct bpf_hdr)
#define BPF_ALIGNMENT  sizeof(uint32_t)

#define BIOCLOCK      _IO('B', 20)
#define BIOCGDIRFILT  _IOR('B', 21, u_int)
#define BIOCSDIRFILT  _IOW('B', 22, u_int)
#define BIOCSWTIMEOUT _IOW('B', 23, struct timeval)
#define BIOCGWTIMEOUT _IOR('B', 24, struct timeval)
#define BIOCDWTIMEOUT _IO('B', 25)

#define BPF_DIRECTION_IN  1
#define BPF_DIRECTION_OUT 2

#endif
