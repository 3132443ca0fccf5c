/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: link types of interfaces.  Where libpcap knows the kernel's link
 * header, filters see that header.  Elsewhere filters are compiled for "cooked"
 * packets (DLT_LINUX_SLL2), whose pseudo header exists only in libpcap.  The
 * socket delivers packets from the network header on, and loads from the pseudo
 * header are translated into loads of the kernel's metadata (SKF_AD_...).
 */
#ifndef LINKTYPE_H
#define LINKTYPE_H

#include <stdbool.h>
#include <stddef.h>

struct filter;

/* Link types, DLT_..., of nearly all interfaces, the likeliest first. */
#define LINKTYPE_USUAL 3
extern const int linktype_usual[LINKTYPE_USUAL];

/*
 * Index of lo in every network namespace: loopback_net_init() in the kernel's
 * drivers/net/loopback.c insists on it.
 */
#define LOOPBACK_IFINDEX 1

/*
 * Returns the link type, DLT_..., of a hardware type, ARPHRD_...; ARPHRD_VOID
 * stands for all interfaces.
 */
int linktype_find(unsigned int hardware);

/* Returns true if the link type needs a SOCK_DGRAM socket, else SOCK_RAW. */
bool linktype_is_cooked(int type);

/*
 * Translates a filter for cooked packets into one for packets of a SOCK_DGRAM
 * socket.  Returns 0, or -1 with the reason in err; then the filter is invalid.
 */
int linktype_cook(struct filter *, char *err, size_t errlen);

#endif
