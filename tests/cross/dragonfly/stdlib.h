/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_STDLIB_H
#define CROSS_STDLIB_H

#include <sys/types.h>

void arc4random_buf(void *, size_t);
void *bsearch(const void *, const void *, size_t, size_t,
    int (*)(const void *, const void *));
void *calloc(size_t, size_t);
void exit(int) __attribute__((noreturn));
void free(void *);
char *getenv(const char *);
char *ptsname(int);
void *malloc(size_t);
char *mkdtemp(char *);
int mkostemp(char *, int);
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
void *realloc(void *, size_t);
int setenv(const char *, const char *, int);
void setprogname(const char *);
double strtod(const char *, char **);
long strtol(const char *, char **, int);
long long strtonum(const char *, long long, long long, const char **);
unsigned long strtoul(const char *, char **, int);
unsigned long long strtoull(const char *, char **, int);

#endif
