/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdio.h>

#include "source/linux/interface.h"
#include "source/linux/keyed_memory.h"
#include "source/linux/keyed_source.h"
#include "source/linux/slot.h"
#include "source/linux/slots.h"
#include "source/linux/source_linux.h"
#include "source/linux/tap.h"
#include "source/linux/tap_program.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "source/source_kind.h"
#include "source/source_shared.h"

const struct source_kind source_kinds[] = {
	{ "nflog:", nflog_open, nflog_receive },
	{ SOURCE_KEYS_NAME, tapped_open, keyed_source_receive },
	{ "", tapped_open, tapped_receive },
};

/* A tap has sockets, programs in force, and programs to come; and an array. */
const size_t source_descriptors = 0;
const size_t source_descriptors_interface = 3 * TAP_SOCKETS + 1;
/* The maps of a table. */
const size_t source_descriptors_keys = 1 + KEYED_ARRAYS;

/* Closing a packet socket waits for all CPUs (synchronize_net()). */
const bool source_closes_slowly = true;

/* Sockets can be bound to another interface without privileges. */
const bool source_reopens = false;

int
source_shared_open(struct source_shared *ss)
{
	ss->ss_notice = interface_notify_open();
	return ss->ss_notice == -1 ? -1 : 0;
}

struct source *
source_shared_woken(const struct source_shared *ss)
{
	struct slot *sl;

	if (ss->ss_slots == NULL)
		return NULL;
	slots_consume(ss->ss_slots);
	sl = slots_woken(ss->ss_slots);
	return sl == NULL ? NULL : sl->sl_source;
}

int
source_shared_start(struct source_shared *ss, bool wait, struct source **which)
{
	*which = NULL;
	return ss->ss_slots == NULL ? 0 : tapped_start(ss, wait, which);
}

int
source_shared_install(struct source_shared *ss)
{
	return ss->ss_slots == NULL ? 0 : tap_program_install(ss->ss_slots);
}

void
source_shared_cancel(struct source_shared *ss)
{
	if (ss->ss_slots != NULL)
		tap_program_cancel(ss->ss_slots);
}

void
source_shared_finish(struct source_shared *ss)
{
	if (ss->ss_slots != NULL)
		tap_program_finish(ss->ss_slots);
}

void
source_shared_watch(struct source_shared *ss, bool opener)
{
	if (ss->ss_slots == NULL)
		return;
	tap_program_forget(ss->ss_slots, opener);
	keyed_source_forget(ss->ss_slots);
}

void
source_shared_release(struct source_shared *ss)
{
	slots_close(ss->ss_slots);
	ss->ss_slots = NULL;
}

void
source_shared_drain(const struct source_shared *ss)
{
	interface_notify_drain(ss->ss_notice);
}

struct source *
source_keys_open_kind(const struct source_keys *sk, struct source_shared *ss,
    char *err, size_t errlen)
{
	return keyed_source_open(sk, ss, err, errlen);
}
