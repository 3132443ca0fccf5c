/* Why an expression does not compile, in words, without a name before them. */
#ifndef FILTER_ERROR_H
#define FILTER_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pcap;

/* What a compiling process may use. */
#define FILTER_CPU    2		    /* seconds of processor time */
#define FILTER_MEMORY (512UL << 20) /* bytes */

/*
 * What libpcap says of the expression, and a caret under the part that is
 * wrong.  took: ns that libpcap has needed.
 */
void filter_error_compile(
    struct pcap *, const char *expression, uint64_t took, char *, size_t);

/* A program of so many instructions.  live: for the kernel. */
void filter_error_large(
    size_t instructions, size_t most, bool live, char *, size_t);

/*
 * A process that has given no answer.  late: it was killed when its time was
 * over; else status is the one of waitpid(2), or -1 for an unknown one.
 */
void filter_error_end(bool late, int status, char *, size_t);

#endif
