#ifndef CROSS_SYS_PARAM_H
#define CROSS_SYS_PARAM_H

#include <sys/types.h>

#endif
