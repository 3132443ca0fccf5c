/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "source/bpf/ifnotify_route.h"
#include "source/bpf/keys_bpf.h"
#include "source/bpf/source_bpf.h"
#include "source/source_keys.h"
#include "source/source_kind.h"
#include "source/source_shared.h"

const struct source_kind source_kinds[] = {
	/* No interface has such a name. */
	{ SOURCE_KEYS_NAME, bpf_open_source, keys_bpf_receive },
	{ "", bpf_open_source, bpf_receive_source },
};

/* The bpf(4) device; a table has none. */
const size_t source_descriptors = 1;
const size_t source_descriptors_interface = 0;
const size_t source_descriptors_keys = 0;

const bool source_closes_slowly = false;

const bool source_reopens = true;

int
source_shared_open(struct source_shared *ss)
{
	ss->ss_notice = ifnotify_open();
	return ss->ss_notice == -1 ? -1 : 0;
}

/* Each source has a device to poll. */
struct source *
source_shared_woken(const struct source_shared *ss)
{
	(void)ss;
	return NULL;
}

/* Each device counts from its opening on. */
int
source_shared_start(struct source_shared *ss, bool wait, struct source **which)
{
	(void)ss;
	(void)wait;
	*which = NULL;
	return 0;
}

int
source_shared_install(struct source_shared *ss)
{
	(void)ss;
	return 0;
}

void
source_shared_cancel(struct source_shared *ss)
{
	(void)ss;
}

void
source_shared_finish(struct source_shared *ss)
{
	(void)ss;
}

void
source_shared_watch(struct source_shared *ss, bool opener)
{
	(void)ss;
	(void)opener;
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

struct source *
source_keys_open_kind(const struct source_keys *sk, struct source_shared *ss,
    char *err, size_t errlen)
{
	(void)ss;
	return keys_bpf_open(sk, err, errlen);
}
