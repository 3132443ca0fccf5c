/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* A libpcap handle that generates code for savefiles. */
#ifndef FILTER_OFFLINE_H
#define FILTER_OFFLINE_H

#include <stdbool.h>

struct pcap;

/*
 * Opens a savefile in memory that has a header and no packets; at most one a
 * process.  Only such a handle makes libpcap generate code for the byte order
 * of the file, and reject expressions that savefiles of this link type
 * (DLT_...) cannot answer.  swapped: byte order differs from this machine's.
 * Returns NULL if libpcap fails; the process owns the handle until it ends.
 */
struct pcap *filter_offline_open(int linktype, bool swapped);

#endif
