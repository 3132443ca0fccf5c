/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/order.h"
#include "runner/interface_log.h"

/* Lines in a burst, and time per line afterwards. */
#define BURST 1000
#define PRICE (5 * CLOCK_MS)

/* Time at which a full burst is available again. */
static uint64_t paid_at;

static const char *
describe(uint32_t order)
{
	switch (order) {
	case ORDER_GONE:
		return "the interface is gone; waiting";
	case ORDER_BACK:
		return "the interface is back";
	case ORDER_FOUND:
		return "the interface has appeared";
	default:
		return "link type changed, filter not applicable; not counting";
	}
}

void
interface_log_add(struct interface_log *il, const char *const *list,
    size_t interface, uint32_t order, uint64_t now)
{
	if (il->il_order != 0)
		il->il_more++;
	il->il_order = order;
	il->il_interface = interface;
	interface_log_tick(il, list, now);
}

void
interface_log_tick(
    struct interface_log *il, const char *const *list, uint64_t now)
{
	char more[64] = "";

	if (now < interface_log_deadline(il))
		return;
	if (il->il_more != 0)
		snprintf(more, sizeof(more),
		    "; %" PRIu64 " more changes before", il->il_more);
	log_info(
	    "%s: %s%s", list[il->il_interface], describe(il->il_order), more);
	il->il_order = 0;
	il->il_more = 0;
	paid_at = (paid_at > now ? paid_at : now) + PRICE;
}

uint64_t
interface_log_deadline(const struct interface_log *il)
{
	const uint64_t credit = (BURST - 1) * PRICE;

	if (il->il_order == 0)
		return CLOCK_NEVER;
	return paid_at < credit ? 0 : paid_at - credit;
}
