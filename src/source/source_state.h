/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The handover of a source: on a reload the new set keeps the source, and a
 * new watcher, which inherited its descriptors by fork(2), receives the state
 * that only the old watcher knows.
 */
#ifndef SOURCE_STATE_H
#define SOURCE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "source/source.h"

/* Silences of one slot. */
struct source_silence {
	uint64_t sl_time;  /* ns, shortest silence that counts; 0: free slot */
	uint64_t sl_since; /* start of counting, monotonic ns */
	uint64_t sl_count; /* silences so far */
};

/* State of any kind of source; members that a kind does not use are 0. */
struct source_state {
	uint64_t st_seen;  /* packets */
	uint64_t st_bytes; /* on the wire */
	uint64_t st_last;  /* time of the last packet, monotonic ns */
	uint64_t st_drops; /* last bs_drop of the bpf(4) device */
	struct source_silence st_silences[SOURCE_SILENCES];
	uint32_t st_lost;   /* last number of lost messages (log group) */
	uint32_t st_socket; /* index of the bound packet socket */
	uint32_t st_buflen; /* bytes of the bpf(4) device's buffer */
	int32_t st_passed;  /* descriptor that follows the state, or -1 */
	bool st_absent;	    /* s_absent */
	bool st_awaited;    /* s_awaited */
	bool st_there;	    /* the interface exists, or the device is open */
	bool st_other;	    /* with a link type that the filter does not fit */
	bool st_untold;	    /* its loss has not been reported */
};

/*
 * Moves an open source to another set: from now on the source uses the device
 * opener of sc_shared.  All other members must be as for source_open.  Returns
 * 0, or -1 and errno.
 */
int source_renew(struct source *, const struct source_conf *);

/* Saves the state in the old watcher. */
void source_save(const struct source *, struct source_state *);

/*
 * Loads a state in the new watcher.  The state is untrusted; any value is
 * safe.  Takes over st_passed.
 */
void source_load(struct source *, const struct source_state *);

#endif
