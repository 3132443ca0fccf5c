#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "ipc/order.h"
#include "runner/interface_log.h"

/* Lines at once, and the time that pays for one: a watcher takes as long. */
#define BURST 1000
#define PRICE (5 * CLOCK_MS)

/* Time at which the next burst is full. */
static uint64_t paid_at;

static const char *
describe(uint32_t order)
{
	switch (order) {
	case ORDER_GONE:
		return "the interface is gone, waiting for it";
	case ORDER_BACK:
		return "the interface is back";
	case ORDER_FOUND:
		return "the interface is there now";
	default:
		return "back as another kind of link, for which the filter "
		       "makes no sense: waiting";
	}
}

void
interface_log_add(struct interface_log *n, const char *interface,
    uint32_t order, uint64_t now)
{
	if (n->n_order != 0)
		n->n_more++;
	n->n_order = order;
	interface_log_tick(n, interface, now);
}

void
interface_log_tick(struct interface_log *n, const char *interface, uint64_t now)
{
	char more[64] = "";

	if (now < interface_log_deadline(n))
		return;
	if (n->n_more != 0)
		snprintf(more, sizeof(more),
		    "; %" PRIu64 " more changes before that", n->n_more);
	log_info("%s: %s%s", interface, describe(n->n_order), more);
	n->n_order = 0;
	n->n_more = 0;
	paid_at = (paid_at > now ? paid_at : now) + PRICE;
}

uint64_t
interface_log_deadline(const struct interface_log *n)
{
	const uint64_t credit = (BURST - 1) * PRICE;

	if (n->n_order == 0)
		return CLOCK_NEVER;
	return paid_at < credit ? 0 : paid_at - credit;
}
