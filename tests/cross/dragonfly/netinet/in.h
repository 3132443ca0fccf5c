#ifndef CROSS_NETINET_IN_H
#define CROSS_NETINET_IN_H

struct in_addr;

#endif
