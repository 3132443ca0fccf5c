#ifndef CROSS_NET_IF_H
#define CROSS_NET_IF_H

#include <sys/types.h>
#include <sys/socket.h>

#define IFNAMSIZ 16
#define IFF_UP	 0x1

struct ifreq {
	char ifr_name[IFNAMSIZ];
	struct sockaddr ifr_addr;
};

unsigned int if_nametoindex(const char *);

#endif
