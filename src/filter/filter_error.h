/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Error messages for filter expressions.  The functions format a reason into
 * the buffer, without an object in front; the caller owns the buffer.
 */
#ifndef FILTER_ERROR_H
#define FILTER_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pcap;

/* Limits of the compiling process. */
#define FILTER_CPU    2		    /* s of processor time for a filter */
#define FILTER_MEMORY (512UL << 20) /* bytes */

/*
 * Formats the error that pcap_compile(3) has left in the handle, and a caret
 * below the wrong part.  took: duration of pcap_compile(3), ns.
 */
void filter_error_compile(
    struct pcap *, const char *expression, uint64_t took, char *, size_t);

/* Formats the error for a program above `most` instructions.  live: for the
 * kernel, else for a savefile. */
void filter_error_large(
    size_t instructions, size_t most, bool live, char *, size_t);

/*
 * Formats the error for a compiling process that ended without an answer.
 * late: killed at the timeout; status: of waitpid(2), or -1 if unknown.
 */
void filter_error_end(bool late, int status, char *, size_t);

#endif
