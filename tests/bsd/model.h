/* What the files of the preloaded library have in common. */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>

struct device;

/* The device of a descriptor, or NULL; errno stays. */
struct device *model_device(int fd);

/* A call of this process; only where there is a model. */
void model_count(int call);

/* Takes the datagrams that say that there is something new; needs the lock. */
void model_drain(int fd, struct device *);

#endif
