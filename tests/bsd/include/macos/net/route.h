#ifndef _NET_ROUTE_H_
#define _NET_ROUTE_H_

#include "../../route_common.h"

#endif
