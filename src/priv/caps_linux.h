/* The capabilities of a process.  Failures end it with a message. */
#ifndef CAPS_LINUX_H
#define CAPS_LINUX_H

#include <stdbool.h>

/* Returns true if it is effective; root in a container may lack any. */
bool caps_may(unsigned int capability);

/* Drops all capabilities but those of the list, which ends in -1. */
void caps_drop(const int *kept);

/* Drops what neither the runner nor the commands of root need. */
void caps_keep_roots(void);

#endif
