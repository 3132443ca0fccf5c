/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_CTYPE_H
#define CROSS_CTYPE_H

int isalnum(int);
int isalpha(int);
int iscntrl(int);
int isdigit(int);
int isgraph(int);
int isprint(int);
int isspace(int);
int tolower(int);

#endif
