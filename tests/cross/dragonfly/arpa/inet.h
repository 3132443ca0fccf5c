#ifndef CROSS_ARPA_INET_H
#define CROSS_ARPA_INET_H

#include <netinet/in.h>

#endif
