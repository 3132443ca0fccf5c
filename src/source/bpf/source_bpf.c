/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "source/bpf/ifnotify_route.h"
#include "source/bpf/reopen.h"
#include "source/bpf/source_bpf.h"
#include "source/source_kind.h"
#include "source/source_shared.h"

const struct source_kind source_kinds[] = {
	{ "", bpf_open_source },
};

/* The bpf(4) device. */
const size_t source_descriptors = 1;

const bool source_closes_slowly = false;

int
source_shared_start(const struct source_shared *ss)
{
	return ss->ss_opener == -1 ? 0 : reopen_start();
}

void
source_shared_cancel(void)
{
	reopen_cancel();
}

int
source_shared_check(const struct source_shared *ss)
{
	return reopen_lives(ss->ss_opener) ? 0 : -1;
}

/* Each source has a device to poll. */
struct source *
source_shared_woken(const struct source_shared *ss)
{
	(void)ss;
	return NULL;
}

void
source_shared_release(struct source_shared *ss)
{
	(void)ss;
}

void
source_shared_drain(const struct source_shared *ss)
{
	ifnotify_drain(ss->ss_notice);
}
