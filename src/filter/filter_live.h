/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Properties of this system's live captures that filters depend on. */
#ifndef FILTER_LIVE_H
#define FILTER_LIVE_H

struct pcap;

/*
 * Opens a libpcap handle that generates code for a live capture on Ethernet.
 * The handle sees no packets.  Returns NULL if the system does not allow it.
 * May leave the calling process in another network and user namespace, so only
 * the compiling process may call it.
 */
struct pcap *filter_live_open(void);

/* Instructions of the longest filter, and the advice for longer ones, "; ...".
 */
extern const unsigned int filter_live_instructions;
extern const char *const filter_live_remedy;

#endif
