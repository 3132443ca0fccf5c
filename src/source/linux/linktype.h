/*
 * Linux: what packets begin with on a kind of interface.  Where libpcap knows
 * the kernel's link header, filters see it.  Elsewhere they are compiled for
 * "cooked" packets, with a pseudo header that only libpcap has: the socket
 * gives packets from the network header on, and what the filter asks of the
 * pseudo header the kernel knows by other names.
 */
#ifndef LINKTYPE_H
#define LINKTYPE_H

#include <stdbool.h>
#include <stddef.h>

struct filter;

/* lo has the same index in every network namespace: the kernel insists. */
#define LOOPBACK_IFINDEX 1

/* The link type, DLT_..., for an ARPHRD_...; ARPHRD_VOID is all interfaces. */
int linktype_find(unsigned int hardware);

/* Whether the socket has to be SOCK_DGRAM for it, else SOCK_RAW. */
bool linktype_is_cooked(int type);

/*
 * Turns a filter for cooked packets into one for what the socket gives.  0, or
 * -1 and what the kernel does not know in err; the filter is spoilt then.
 */
int linktype_cook(struct filter *, char *err, size_t errlen);

#endif
