/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "source/linux/interface.h"
#include "source/linux/slot.h"
#include "source/linux/slots.h"
#include "source/linux/source_linux.h"
#include "source/source.h"
#include "source/source_kind.h"
#include "source/source_shared.h"

const struct source_kind source_kinds[] = {
	{ "nflog:", nflog_open, nflog_receive },
	{ "", packet_open, packet_receive },
};

/* A socket for each link type, and two descriptors of the extended filter. */
const size_t source_descriptors = SOURCE_SOCKETS + 2;

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
