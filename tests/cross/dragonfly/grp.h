#ifndef CROSS_GRP_H
#define CROSS_GRP_H

#include <sys/types.h>

int setgroups(int, const gid_t *);

#endif
