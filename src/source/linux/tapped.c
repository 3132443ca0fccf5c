/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: counts packets of an interface, or of all interfaces, with an extended
 * filter in a tap.
 */

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ipc/source_message.h"
#include "source/linux/ebpf_keyed.h"
#include "source/linux/interface.h"
#include "source/linux/slot.h"
#include "source/linux/slots.h"
#include "source/linux/socket_counter.h"
#include "source/linux/source_linux.h"
#include "source/linux/tap.h"
#include "source/linux/tap_program.h"
#include "source/linux/tapped.h"
#include "source/source.h"
#include "source/source_kind.h"
#include "source/source_shared.h"

_Static_assert(TAP_SOCKETS <= SOURCE_SOCKETS, "source_sockets has room");

/* Numbers of a message; the link types of a new tap's sockets come last. */
enum {
	UNIT = SOCKET_COUNTER_UNIT, /* never 0, see tapped_receive */
	WHAT,			    /* TIMED, and the direction */
	FITS,			    /* tf_fits */
	LINK,			    /* link type that identifies the tap */
	LINKS
};
#define TIMED 4U

_Static_assert(LINKS + TAP_SOCKETS <= SOURCE_MESSAGE_NUMBERS, "there is room");

static int
tapped_sample(struct source *s, uint64_t now, struct source_count *count)
{
	(void)now;
	slot_count(&((struct tapped *)s)->td_slot, count);
	return 0;
}

static bool
tapped_wake_at(
    struct source *s, const struct source_count *wanted, uint64_t now)
{
	(void)now;
	return slot_arm(&((struct tapped *)s)->td_slot, wanted);
}

static bool
tapped_silence(struct source *s, size_t slot, uint64_t time, uint64_t since)
{
	return slot_count_silences(
	    &((struct tapped *)s)->td_slot, slot, time, since);
}

static enum source_change
tapped_look(struct source *s, uint64_t now)
{
	struct tap_filter *tf = &((struct tapped *)s)->td_filter;
	enum source_change change;

	change = tap_look(tf->tf_tap, tf, now);
	s->s_look_at = tf->tf_tap->tp_look_at;
	return change;
}

/* The first filter of a tap has the sockets. */
static size_t
tapped_sockets(const struct source *s, int *socks)
{
	const struct tapped *td = (const struct tapped *)s;
	const struct tap *tp = td->td_filter.tf_tap;
	size_t i;

	if (tp == NULL || tp->tp_filters != &td->td_filter)
		return 0;
	for (i = 0; i < tp->tp_count; i++)
		socks[i] = tp->tp_sockets[i].ps_sock;
	return tp->tp_count;
}

/* The first source of a new tap brings the sockets. */
static size_t
tapped_send(const struct source *s, struct source_message *sm, int *fds)
{
	const struct tapped *td = (const struct tapped *)s;
	const struct tap *tp = td->td_filter.tf_tap;
	size_t i;

	strlcpy(sm->sm_name, tp->tp_name, sizeof(sm->sm_name));
	sm->sm_numbers[UNIT] = (uint32_t)td->td_slot.sl_unit;
	sm->sm_numbers[WHAT] = (uint32_t)tp->tp_direction;
	if (td->td_slot.sl_time)
		sm->sm_numbers[WHAT] |= TIMED;
	sm->sm_numbers[FITS] = td->td_filter.tf_fits;
	sm->sm_numbers[LINK] = (uint32_t)td->td_link;
	if (tp->tp_known)
		return 0;
	for (i = 0; i < tp->tp_count; i++) {
		fds[i] = tp->tp_sockets[i].ps_sock;
		sm->sm_numbers[LINKS + i] = (uint32_t)tp->tp_sockets[i].ps_link;
	}
	return tp->tp_count;
}

/* The watcher has been forked, or has the sockets. */
static void
tapped_lend(struct source *s)
{
	((struct tapped *)s)->td_filter.tf_tap->tp_known = true;
}

static void
tapped_leave(struct source *s)
{
	struct tap_filter *tf = &((struct tapped *)s)->td_filter;

	tf->tf_leaves = true;
	tf->tf_tap->tp_leaves = true;
}

/* A program that counts in the tables stays in force. */
static void
stick(const struct tapped *td)
{
	size_t i;

	for (i = 0; i < td->td_filter.tf_counted.ec_ntables; i++)
		td->td_tables[i]->ek_stuck = true;
}

void
tapped_close(struct source *s)
{
	struct tapped *td = (struct tapped *)s;
	struct slot *sl = &td->td_slot;
	struct slots *slots = sl->sl_slots;
	size_t i;

	if (sl->sl_unit != 0) {
		tap_leave(slots, &td->td_filter);
		if (!td->td_filter.tf_stuck)
			slots_give(slots, sl->sl_unit, sl->sl_time);
		else
			stick(td);
		slot_close(sl);
	}
	for (i = 0; i < TAP_SOCKETS; i++)
		free(td->td_filter.tf_insns[i]);
	free((void *)td->td_tables);
	free(td);
}

static const struct source_ops tapped_ops = {
	.so_sample = tapped_sample,
	.so_wake_at = tapped_wake_at,
	.so_silence = tapped_silence,
	.so_look = tapped_look,
	.so_sockets = tapped_sockets,
	.so_send = tapped_send,
	.so_lend = tapped_lend,
	.so_leave = tapped_leave,
	.so_close = tapped_close,
};

struct tapped *
tapped_allocate(void)
{
	struct tapped *td;

	if ((td = calloc(1, sizeof(*td))) == NULL)
		return NULL;
	td->td_source = (struct source){ .s_ops = &tapped_ops,
		.s_fd = -1,
		.s_at = CLOCK_NEVER,
		.s_look_fd = -1 };
	snprintf(td->td_source.s_how, sizeof(td->td_source.s_how),
	    "extended filter (eBPF)");
	return td;
}

void
tapped_use_slot(struct tapped *td, struct slots *slots, size_t unit, bool time)
{
	slot_open(&td->td_slot, slots, unit, time);
	td->td_slot.sl_source = &td->td_source;
}

/* Returns the tap of a message: a new tap for new sockets, or a known tap. */
static struct tap *
find_tap(const struct source_message *sm, const int *fds, size_t n,
    struct slots *slots)
{
	const enum direction direction = sm->sm_numbers[WHAT] % TIMED;
	int links[TAP_SOCKETS];
	struct tap *tp;
	size_t i;

	if (n > TAP_SOCKETS) {
		errno = EBADMSG;
		return NULL;
	}
	for (i = 0; i < n; i++)
		links[i] = (int)sm->sm_numbers[LINKS + i];
	if (n > 0)
		return tap_receive(
		    slots, sm->sm_name, direction, links, fds, n);
	tp = tap_find(slots, sm->sm_name, direction, (int)sm->sm_numbers[LINK]);
	if (tp == NULL)
		errno = EBADMSG;
	return tp;
}

struct source *
tapped_receive(const struct source_message *sm, const int *fds, size_t n,
    const struct source_shared *ss)
{
	struct tapped *td;
	struct tap *tp;

	if (sm->sm_numbers[UNIT] == 0 || ss->ss_slots == NULL)
		return packet_receive(sm, fds, n, ss);
	if ((td = tapped_allocate()) == NULL)
		return NULL;
	if ((tp = find_tap(sm, fds, n, ss->ss_slots)) == NULL) {
		free(td);
		return NULL;
	}
	tapped_use_slot(td, ss->ss_slots, sm->sm_numbers[UNIT],
	    (sm->sm_numbers[WHAT] & TIMED) != 0);
	td->td_filter.tf_fits = sm->sm_numbers[FITS];
	td->td_link = (int)sm->sm_numbers[LINK];
	tap_join(tp, &td->td_filter);
	/* Agrees with s_absent of source_receive; a look finds the truth. */
	td->td_filter.tf_state =
	    (sm->sm_flags & SOURCE_ABSENT) != 0 ? SOURCE_GONE : SOURCE_BACK;
	if (strcmp(sm->sm_name, INTERFACE_ANY) != 0)
		td->td_source.s_look_fd = ss->ss_notice;
	return &td->td_source;
}

/* Returns the source of a filter. */
static struct source *
source_of(struct tap_filter *tf)
{
	char *td = (char *)tf - offsetof(struct tapped, td_filter);

	return &((struct tapped *)(void *)td)->td_source;
}

/* Looks whether the sources of a new tap get packets.  0, or -1 and errno. */
static int
settle(const struct tap *tp, bool wait, struct source **which)
{
	struct tap_filter *tf;
	struct source *s;

	for (tf = tp->tp_filters; tf != NULL; tf = tf->tf_next) {
		s = source_of(tf);
		s->s_absent = s->s_awaited = !tap_counts(tf);
		if (!s->s_absent || wait)
			continue;
		*which = s;
		errno = ENODEV;
		return -1;
	}
	return 0;
}

/* Returns a source of the new rules in the tap of the filter. */
static struct source *
blamed(struct tap_filter *tf)
{
	if (tf->tf_leaves)
		tf = tf->tf_tap->tp_filters;
	while (tf->tf_leaves && tf->tf_next != NULL)
		tf = tf->tf_next;
	return source_of(tf);
}

int
tapped_start(const struct source_shared *ss, bool wait, struct source **which)
{
	struct tap_filter *tf = NULL;
	struct tap *tp;

	*which = NULL;
	if (tap_program_build(ss->ss_slots, &tf) == -1) {
		if (tf == NULL)
			return -1;
		*which = blamed(tf);
		return tf->tf_error == 0 || tf->tf_leaves ? -1 : 1;
	}
	for (tp = *slots_taps(ss->ss_slots); tp != NULL; tp = tp->tp_next)
		if (!tp->tp_known && settle(tp, wait, which) == -1)
			return -1;
	return 0;
}
