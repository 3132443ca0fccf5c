/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "engine/key.h"
#include "source/linux/ebpf_keyed.h"
#include "source/linux/keyed_maps.h"
#include "source/linux/keyed_memory.h"

/* Makes an array that can be mapped.  Returns the descriptor, or -1. */
static int
open_array(size_t size, size_t n)
{
	const struct bpf_map_create_opts opts = {
		.sz = sizeof(opts),
		.map_flags = BPF_F_MMAPABLE,
	};
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bpfstatsd",
	    sizeof(uint32_t), (uint32_t)size, (uint32_t)n, &opts);

	return fd < 0 ? -1 : fd;
}

/*
 * Makes the hash table.  All memory is there from the beginning, so the table
 * takes a key for each slot.
 */
static int
open_hash(const struct source_keys *sk)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "bpfstatsd",
	    (uint32_t)key_size(&sk->sk_spec), sizeof(uint32_t), sk->sk_keys,
	    NULL);

	return fd < 0 ? -1 : fd;
}

int
keyed_maps_open(struct ebpf_keyed *ek)
{
	const struct source_keys *sk = &ek->ek_keys;
	int i, *fd = ek->ek_arrays, saved;

	ek->ek_hash = open_hash(sk);
	fd[KEYED_HEADER] = open_array(sizeof(struct keyed_header), 1);
	fd[KEYED_SLOTS] = open_array(keyed_memory_slot_size(sk), sk->sk_keys);
	fd[KEYED_WORDS] = open_array(sizeof(uint64_t), keyed_memory_words(sk));
	saved = errno;
	for (i = 0; i < KEYED_ARRAYS && fd[i] != -1; i++)
		;
	if (i == KEYED_ARRAYS && ek->ek_hash != -1)
		return 0;
	keyed_maps_close(ek);
	errno = saved;
	return -1;
}

static void
close_map(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
keyed_maps_close(struct ebpf_keyed *ek)
{
	int i;

	close_map(&ek->ek_hash);
	for (i = 0; i < KEYED_ARRAYS; i++)
		close_map(&ek->ek_arrays[i]);
}

void
keyed_maps_none(struct ebpf_keyed *ek)
{
	int i;

	ek->ek_hash = -1;
	for (i = 0; i < KEYED_ARRAYS; i++)
		ek->ek_arrays[i] = -1;
}
