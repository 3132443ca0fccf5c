/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The part of bpf(4) that all systems share.  Names and types are those of the
 * manual pages, numbers are the model's.  Instructions, programs and link types
 * come from libpcap.
 */
#ifndef BPF_COMMON_H
#define BPF_COMMON_H

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include <net/if.h>
#include <pcap/bpf.h>

#include <stdint.h>

#define BPF_MAXINSNS   512
#define BPF_MINBUFSIZE 32

#undef BPF_MAJOR_VERSION
#undef BPF_MINOR_VERSION
#define BPF_MAJOR_VERSION 1
#define BPF_MINOR_VERSION 1

struct bpf_version {
	u_short bv_major;
	u_short bv_minor;
};

#define BIOCGBLEN     _IOR('B', 1, u_int)
#define BIOCSBLEN     _IOWR('B', 2, u_int)
#define BIOCSETF      _IOW('B', 3, struct bpf_program)
#define BIOCFLUSH     _IO('B', 4)
#define BIOCPROMISC   _IO('B', 5)
#define BIOCGDLT      _IOR('B', 6, u_int)
#define BIOCGETIF     _IOR('B', 7, struct ifreq)
#define BIOCSETIF     _IOW('B', 8, struct ifreq)
#define BIOCSRTIMEOUT _IOW('B', 9, struct timeval)
#define BIOCGRTIMEOUT _IOR('B', 10, struct timeval)
#define BIOCGSTATS    _IOR('B', 11, struct bpf_stat)
#define BIOCIMMEDIATE _IOW('B', 12, u_int)
#define BIOCVERSION   _IOR('B', 13, struct bpf_version)

/* Each system's alignment of records. */
#undef BPF_ALIGNMENT
#undef BPF_WORDALIGN
#define BPF_WORDALIGN(x) (((x) + (BPF_ALIGNMENT - 1)) & ~(BPF_ALIGNMENT - 1))

#endif
