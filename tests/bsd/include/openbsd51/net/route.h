/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef _NET_ROUTE_H_
#define _NET_ROUTE_H_

#include "../../route_common.h"

#define RTM_IFANNOUNCE 0xf
#define IFAN_ARRIVAL   0
#define IFAN_DEPARTURE 1

struct if_announcemsghdr {
	u_short ifan_msglen;
	u_char ifan_version;
	u_char ifan_type;
	u_short ifan_hdrlen;
	u_short ifan_index;
	u_short ifan_what;
	char ifan_name[IFNAMSIZ];
};

#define ROUTE_MSGFILTER 1
#define ROUTE_FILTER(m) (1 << (m))

#endif
