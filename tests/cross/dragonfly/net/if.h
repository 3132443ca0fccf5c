/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_NET_IF_H
#define CROSS_NET_IF_H

#include <sys/types.h>
#include <sys/socket.h>

#define IFNAMSIZ     16
#define IFF_UP	     0x1
#define IFF_LOOPBACK 0x8

struct ifreq {
	char ifr_name[IFNAMSIZ];
	union {
		struct sockaddr ifru_addr;
		short ifru_flags[2];
	} ifr_ifru;
};

#define ifr_addr  ifr_ifru.ifru_addr
#define ifr_flags ifr_ifru.ifru_flags[0]

unsigned int if_nametoindex(const char *);

#endif
