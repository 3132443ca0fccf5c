/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/bpf.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "source/linux/ebpf.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/ebpf_program.h"
#include "source/linux/slots.h"
#include "source/linux/tap.h"
#include "source/linux/tap_program.h"

/*
 * Many filters are several programs, and each passes the packet to the next:
 * the verifier gives up after about 8,000 jumps on the way to a place.
 * The kernel follows 33 such calls.
 */
#define PROGRAMS_MAX 32

/* Filters in a program; half of them if the kernel refuses the program. */
#define FILTERS_MAX 512

/*
 * Entries of the PROG_ARRAY for a socket: the first program, and two banks for
 * the programs behind.  A new set of programs fills the unused bank, and takes
 * effect when the first program changes.
 */
#define BANK	(PROGRAMS_MAX - 1)
#define ENTRIES (1 + 2 * BANK)

/* A growing set of programs for a socket. */
struct chain {
	struct tap *ch_tap;
	size_t ch_socket;
	struct ebpf_counted *ch_list;	/* filters, ch_n */
	struct tap_filter **ch_filters; /* the same, ch_n */
	size_t ch_n;
	struct ebpf_code *ch_code;
	bool ch_without; /* without the filters that leave */
};

/* Returns the entry of a socket's program, 0 to PROGRAMS_MAX - 1. */
static size_t
entry(size_t socket, unsigned int bank, size_t number)
{
	return socket * ENTRIES +
	    (number == 0 ? 0 : (size_t)bank * BANK + number);
}

/* Lists the filters that fit the socket.  Returns 0, or -1 and errno. */
static int
collect(struct chain *ch)
{
	const size_t n = ch->ch_tap->tp_n;
	struct tap_filter *tf;

	ch->ch_n = 0;
	ch->ch_list = calloc(n + 1, sizeof(*ch->ch_list));
	ch->ch_filters = (struct tap_filter **)calloc(n + 1, sizeof(void *));
	if (ch->ch_list == NULL || ch->ch_filters == NULL)
		return -1;
	for (tf = ch->ch_tap->tp_filters; tf != NULL; tf = tf->tf_next) {
		if ((tf->tf_leaves && ch->ch_without) ||
		    (tf->tf_fits & 1U << ch->ch_socket) == 0)
			continue;
		ch->ch_list[ch->ch_n] = tf->tf_counted;
		ch->ch_list[ch->ch_n].ec_insns = tf->tf_insns[ch->ch_socket];
		ch->ch_list[ch->ch_n].ec_len = tf->tf_len[ch->ch_socket];
		ch->ch_filters[ch->ch_n++] = tf;
	}
	return 0;
}

/*
 * Loads the program of *n filters from `first` on, and reduces *n while the
 * kernel refuses the program.  Returns the descriptor, or -1 and errno.
 */
static int
load_some(struct chain *ch, size_t first, size_t *n, size_t number)
{
	struct tap *tp = ch->ch_tap;
	int fd, next;

	for (;; *n = (*n + 1) / 2) {
		next = (int)entry(ch->ch_socket, 1 - tp->tp_bank, number + 1);
		if (first + *n >= ch->ch_n)
			next = -1;
		fd = -1;
		if (ebpf_program(ch->ch_code, ch->ch_list + first, *n,
			tp->tp_sockets[ch->ch_socket].ps_link, tp->tp_direction,
			tp->tp_array, next) == 0)
			fd = ebpf_open(ch->ch_code);
		if (fd != -1 || *n < 2)
			return fd;
	}
}

/* Loads all programs of a socket: the first to tp_new, others to the array. */
static int
load_chain(struct chain *ch, struct tap_filter **failed)
{
	struct tap *tp = ch->ch_tap;
	size_t first = 0, n, number = 0;
	int fd, result;

	do {
		n = ch->ch_n - first < FILTERS_MAX ? ch->ch_n - first :
						     FILTERS_MAX;
		*failed = ch->ch_filters[first];
		if (number == PROGRAMS_MAX) {
			errno = E2BIG;
			return -1;
		}
		if ((fd = load_some(ch, first, &n, number)) == -1) {
			if (n == 1 && *failed != NULL)
				(*failed)->tf_error = errno;
			return -1;
		}
		if (number == 0) {
			tp->tp_new[ch->ch_socket] = fd;
		} else {
			result = ebpf_array_set(tp->tp_array,
			    entry(ch->ch_socket, 1 - tp->tp_bank, number), fd);
			close(fd);
			if (result == -1)
				return -1;
			tp->tp_behind[1 - tp->tp_bank][ch->ch_socket] = number;
		}
		first += n;
		number++;
	} while (first < ch->ch_n);
	return 0;
}

static int
build_socket(
    struct tap *tp, size_t socket, bool without, struct tap_filter **failed)
{
	struct chain ch = { .ch_tap = tp,
		.ch_socket = socket,
		.ch_without = without,
		.ch_code = ebpf_insn_begin() };
	int result = -1, saved;

	if (collect(&ch) == 0)
		result = load_chain(&ch, failed);
	saved = errno;
	free(ch.ch_list);
	free((void *)ch.ch_filters);
	errno = saved;
	return result;
}

/* Attaches the program that passes packets on.  Returns 0, or -1 and errno. */
static int
attach_stub(const struct tap *tp, size_t socket)
{
	struct ebpf_code *c = ebpf_insn_begin();

	ebpf_program_stub(c, tp->tp_array, (int)entry(socket, 0, 0));
	return ebpf_attach(c, tp->tp_sockets[socket].ps_sock);
}

/* Drops programs that were built and not installed. */
static void
drop_new(struct tap *tp)
{
	const unsigned int bank = 1 - tp->tp_bank;
	size_t i, *behind;

	for (i = 0; i < tp->tp_count; i++) {
		if (tp->tp_new[i] != -1)
			close(tp->tp_new[i]);
		tp->tp_new[i] = -1;
		for (behind = &tp->tp_behind[bank][i]; *behind > 0; --*behind)
			ebpf_array_clear(tp->tp_array, entry(i, bank, *behind));
	}
}

/* Builds all programs; without: without the filters that leave. */
static int
build(struct tap *tp, bool without, struct tap_filter **failed)
{
	size_t i;

	if (tp->tp_array == -1 &&
	    (tp->tp_array = ebpf_array(tp->tp_count * ENTRIES)) == -1)
		return -1;
	for (i = 0; i < tp->tp_count; i++)
		if (build_socket(tp, i, without, failed) == -1)
			return -1;
	return 0;
}

/* Sets the first programs, -1: none, of all sockets.  0, or -1 and errno. */
static int
set_first(const struct tap *tp, const int programs[TAP_SOCKETS])
{
	size_t i;

	for (i = 0; i < tp->tp_count; i++)
		if (programs[i] != -1 &&
		    ebpf_array_set(tp->tp_array, entry(i, 0, 0), programs[i]) ==
			-1)
			return -1;
	return 0;
}

/* Exchanges the programs in force for the new ones.  0, or -1 and errno. */
static int
exchange(struct tap *tp)
{
	size_t i;
	int fd, saved;

	if (set_first(tp, tp->tp_new) == -1) {
		saved = errno;
		(void)set_first(tp, tp->tp_now);
		errno = saved;
		return -1;
	}
	for (i = 0; i < tp->tp_count; i++) {
		fd = tp->tp_now[i];
		tp->tp_now[i] = tp->tp_new[i];
		tp->tp_new[i] = fd;
	}
	tp->tp_bank = 1 - tp->tp_bank;
	tp->tp_installed = !tp->tp_installed;
	return 0;
}

/* Starts a new tap: the first programs count at once. */
static int
start(struct tap *tp)
{
	size_t i;

	if (exchange(tp) == -1)
		return -1;
	for (i = 0; i < tp->tp_count; i++)
		if (attach_stub(tp, i) == -1)
			return -1;
	tp->tp_changed = tp->tp_installed = false;
	return tap_bind(tp);
}

int
tap_program_build(struct slots *slots, struct tap_filter **failed)
{
	struct tap *tp;

	for (tp = *slots_taps(slots); tp != NULL; tp = tp->tp_next) {
		if (!tp->tp_changed)
			continue;
		drop_new(tp);
		if (build(tp, false, failed) == 0 &&
		    (tp->tp_bound || start(tp) == 0))
			continue;
		/* No filter fits the socket. */
		if (*failed == NULL)
			*failed = tp->tp_filters;
		return -1;
	}
	return 0;
}

int
tap_program_install(struct slots *slots)
{
	struct tap *tp;

	for (tp = *slots_taps(slots); tp != NULL; tp = tp->tp_next)
		if (tp->tp_changed && exchange(tp) == -1)
			return -1;
	return 0;
}

/* The old programs are in tp_now, or once replaced in tp_new. */
void
tap_program_cancel(struct slots *slots)
{
	struct tap_filter *tf;
	struct tap *tp;

	for (tp = *slots_taps(slots); tp != NULL; tp = tp->tp_next) {
		if (tp->tp_installed)
			(void)exchange(tp);
		if (tp->tp_changed)
			drop_new(tp);
		tp->tp_changed = tp->tp_leaves = false;
		for (tf = tp->tp_filters; tf != NULL; tf = tf->tf_next)
			tf->tf_leaves = false;
	}
}

/*
 * Replaces the programs by some without the filters that leave.  If that fails,
 * their slots are never taken again.
 */
static void
leave(struct tap *tp)
{
	struct tap_filter *tf, *failed;
	bool stuck;

	stuck = build(tp, true, &failed) == -1 || exchange(tp) == -1;
	for (tf = tp->tp_filters; tf != NULL; tf = tf->tf_next)
		tf->tf_stuck = stuck && tf->tf_leaves;
	drop_new(tp);
}

/* Filters that leave count until here: a reload that fails changes nothing. */
void
tap_program_finish(struct slots *slots)
{
	struct tap *tp;

	for (tp = *slots_taps(slots); tp != NULL; tp = tp->tp_next) {
		if (tp->tp_installed)
			drop_new(tp);
		if (tp->tp_leaves)
			leave(tp);
		tp->tp_changed = tp->tp_leaves = tp->tp_installed = false;
	}
}

void
tap_program_forget(struct slots *slots, bool opener)
{
	struct tap *tp;
	size_t i;

	for (tp = *slots_taps(slots); tp != NULL; tp = tp->tp_next) {
		for (i = 0; i < tp->tp_count; i++) {
			if (tp->tp_now[i] != -1)
				close(tp->tp_now[i]);
			tp->tp_now[i] = -1;
		}
		if (!opener)
			continue;
		close(tp->tp_array);
		tp->tp_array = -1;
	}
}
