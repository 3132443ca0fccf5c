#ifndef CROSS_NETDB_H
#define CROSS_NETDB_H

struct addrinfo;

#endif
