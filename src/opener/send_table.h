/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Sends the table of a generation to the watcher, as fast as the watcher reads,
 * see ipc/table_proto.h.
 */
#ifndef SEND_TABLE_H
#define SEND_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct generation;

struct send_table {
	const struct generation *st_generation;
	size_t st_ntriggers;
	uint32_t *st_old; /* by trigger: number in the table before */
	bool st_begun;	  /* TABLE_BEGIN has been sent */
	/* Numbers of what is sent next. */
	size_t st_source;
	size_t st_rule;
	size_t st_place; /* in the rule */
	size_t st_index; /* of the trigger in the rule */
	size_t st_trigger;
};

enum send_table_result {
	SEND_TABLE_FAILED = -1, /* and errno */
	SEND_TABLE_FULL,	/* the socket has no room */
	SEND_TABLE_SENT		/* all */
};

/* Begins; borrows the generation.  Returns 0, or -1 and errno. */
int send_table_begin(struct send_table *, const struct generation *);

/* Sends what the socket has room for. */
enum send_table_result send_table_go_on(struct send_table *, int sock);

/* Frees the memory; accepts a struct that is all zero. */
void send_table_end(struct send_table *);

#endif
