/* The sources of the BSDs and macOS, for the table in source_bsd.c. */
#ifndef SOURCE_BPF_H
#define SOURCE_BPF_H

#include <stddef.h>

struct source;
struct source_conf;

/* As source_open: an interface by its name. */
struct source *bpf_open_source(
    const struct source_conf *, char *err, size_t errlen);

#endif
