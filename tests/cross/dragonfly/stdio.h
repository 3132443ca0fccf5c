/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_STDIO_H
#define CROSS_STDIO_H

#include <sys/types.h>

#include <stdarg.h>

#define EOF    (-1)
#define _IOFBF 0

typedef struct cross_file FILE;

extern FILE *stderr, *stdin, *stdout;

int asprintf(char **, const char *, ...) __attribute__((format(printf, 2, 3)));
int fclose(FILE *);
FILE *fdopen(int, const char *);
int ferror(FILE *);
int fflush(FILE *);
int fprintf(FILE *, const char *, ...) __attribute__((format(printf, 2, 3)));
int fputs(const char *, FILE *);
FILE *funopen(const void *, int (*)(void *, char *, int),
    int (*)(void *, const char *, int), off_t (*)(void *, off_t, int),
    int (*)(void *));
size_t fwrite(const void *, size_t, size_t, FILE *);
int printf(const char *, ...) __attribute__((format(printf, 1, 2)));
int putchar(int);
int puts(const char *);
int setvbuf(FILE *, char *, int, size_t);
int snprintf(char *, size_t, const char *, ...)
    __attribute__((format(printf, 3, 4)));
int sscanf(const char *, const char *, ...)
    __attribute__((format(scanf, 2, 3)));
int vsnprintf(char *, size_t, const char *, va_list)
    __attribute__((format(printf, 3, 0)));

int putc(int, FILE *);

int vasprintf(char **, const char *, va_list)
    __attribute__((format(printf, 2, 0)));

#endif
