/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The part of route(4) that all systems share. */
#ifndef ROUTE_COMMON_H
#define ROUTE_COMMON_H

#include <sys/types.h>
#include <sys/socket.h>

#include <net/if.h>

#define RTM_VERSION 5
#define RTM_IFINFO  0xe

/* The members of struct if_msghdr that the model uses. */
struct if_msghdr {
	u_short ifm_msglen;
	u_char ifm_version;
	u_char ifm_type;
	u_short ifm_index;
	int ifm_flags;
};

#endif
