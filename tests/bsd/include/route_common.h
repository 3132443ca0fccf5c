/* What route(4) of all systems has; the rest is each system's own. */
#ifndef ROUTE_COMMON_H
#define ROUTE_COMMON_H

#include <sys/types.h>
#include <sys/socket.h>

#include <net/if.h>

#define RTM_VERSION 5
#define RTM_IFINFO  0xe

/* The beginning of struct if_msghdr, and what of it matters. */
struct if_msghdr {
	u_short ifm_msglen;
	u_char ifm_version;
	u_char ifm_type;
	u_short ifm_index;
	int ifm_flags;
};

#endif
