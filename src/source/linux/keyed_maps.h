/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: makes the maps of a table of keys. */
#ifndef KEYED_MAPS_H
#define KEYED_MAPS_H

struct ebpf_keyed;

/*
 * Makes the maps of an empty table.  Returns 0; or -1 and errno, with no map
 * open.
 */
int keyed_maps_open(struct ebpf_keyed *);

/* Sets all descriptors to -1. */
void keyed_maps_none(struct ebpf_keyed *);

/* Closes the maps that are open. */
void keyed_maps_close(struct ebpf_keyed *);

#endif
