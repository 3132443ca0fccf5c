/* The sources of Linux, for the table in source_linux.c. */
#ifndef SOURCE_LINUX_H
#define SOURCE_LINUX_H

#include <stddef.h>

struct source;
struct source_conf;

/* As source_open: a firewall log group, "nflog:" and its number. */
struct source *nflog_open(const struct source_conf *, char *err, size_t errlen);

/* As source_open: an interface by its name, or "any" for all of them. */
struct source *packet_open(
    const struct source_conf *, char *err, size_t errlen);

#endif
