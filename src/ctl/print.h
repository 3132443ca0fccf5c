/* bpfstatsctl: what was told, for programs.  ferror(3) says how that went. */
#ifndef PRINT_H
#define PRINT_H

#include <stdio.h>

struct reply;

/* One object, with a line for each trigger. */
void print_json(const struct reply *, FILE *);

/* For Prometheus. */
void print_metrics(const struct reply *, FILE *);

#endif
