/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "engine/condition_internal.h"

#define SLOTS                                            \
	(sizeof(((struct condition *)NULL)->cn_anchor) / \
	    sizeof(struct condition_anchor))

static size_t
slot(const struct condition *c, size_t i)
{
	return (c->cn_first + i) % SLOTS;
}

const struct condition_anchor *
condition_window_anchor(const struct condition *c, size_t i)
{
	return &c->cn_anchor[slot(c, i)];
}

void
condition_window_drop(struct condition *c)
{
	c->cn_first = slot(c, 1);
	c->cn_anchors--;
}

struct condition_anchor *
condition_window_newest(struct condition *c)
{
	return &c->cn_anchor[slot(c, c->cn_anchors - 1)];
}

struct condition_anchor *
condition_window_push(struct condition *c, uint64_t time, uint64_t seen)
{
	struct condition_anchor *a;

	if (c->cn_anchors == SLOTS)
		condition_window_drop(c);
	a = &c->cn_anchor[slot(c, c->cn_anchors++)];
	a->ca_time = a->ca_last = time;
	a->ca_seen = seen;
	return a;
}

void
condition_window_raise(struct condition *c, uint64_t seen)
{
	struct condition_anchor *a;
	size_t i;

	for (i = 0; i < c->cn_anchors; i++) {
		a = &c->cn_anchor[slot(c, i)];
		if (a->ca_seen < seen)
			a->ca_seen = seen;
	}
}

uint64_t
condition_window_burst(
    const struct condition *c, const struct condition_sample *sm, uint64_t now)
{
	if (sm->sm_woke >= now)
		return now;
	return sm->sm_woke > c->cn_called ? sm->sm_woke : c->cn_called;
}

void
condition_window_rest(struct condition *c, bool more, uint64_t now)
{
	const uint64_t part = condition_part(c);

	if (more)
		c->cn_rest = condition_add(now, part - now % part);
	else if (now >= c->cn_rest)
		c->cn_rest = 0;
}
