/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef _NET_ROUTE_H_
#define _NET_ROUTE_H_

#include "../../route_common.h"

#define RTM_IFANNOUNCE 0x11
#define IFAN_ARRIVAL   0
#define IFAN_DEPARTURE 1

struct if_announcemsghdr {
	u_short ifan_msglen;
	u_char ifan_version;
	u_char ifan_type;
	u_short ifan_index;
	char ifan_name[IFNAMSIZ];
	u_short ifan_what;
};

#endif
