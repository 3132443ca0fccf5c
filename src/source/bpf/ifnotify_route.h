/* The BSDs and macOS: what the kernel tells of interfaces, route(4). */
#ifndef IFNOTIFY_ROUTE_H
#define IFNOTIFY_ROUTE_H

#include <stdbool.h>

/*
 * Readable when an interface may have come or gone.  The descriptor, the
 * caller's, or -1 and errno.  Needs no right.
 */
int ifnotify_open(void);

/* Returns true if the kernel sends a message for each new interface. */
bool route_announces(void);

/* Takes what there is: it only says that it is time to look. */
void ifnotify_drain(int fd);

#endif
