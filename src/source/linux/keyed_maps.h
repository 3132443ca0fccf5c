/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: makes the maps of a table of keys. */
#ifndef KEYED_MAPS_H
#define KEYED_MAPS_H

struct ebpf_keyed;

/*
 * Makes the maps, without keys.  Returns 0; or -1 and errno, and closes what
 * was made.
 */
int keyed_maps_open(struct ebpf_keyed *);

/* No map is open. */
void keyed_maps_none(struct ebpf_keyed *);

/* Closes the maps that are open. */
void keyed_maps_close(struct ebpf_keyed *);

#endif
