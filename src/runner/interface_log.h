/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Log lines about interfaces that appear, vanish or change.  A compromised
 * watcher could cause any number of lines, so there is a limit for all
 * interfaces together: a burst of 1,000, then 200 a second, which is more than
 * a sound watcher causes.  Changes beyond the limit are counted, and the last
 * change of each rule is logged later.
 */
#ifndef INTERFACE_LOG_H
#define INTERFACE_LOG_H

#include <stddef.h>
#include <stdint.h>

/*
 * State of the interfaces of a rule; zeroed at first.  Times are ns of
 * clock_now().
 */
struct interface_log {
	uint32_t il_order;   /* change to log later, an order_type; 0: none */
	size_t il_interface; /* index of its interface */
	uint64_t il_more;    /* changes not logged before that */
};

/*
 * Logs ORDER_GONE, _BACK, _FOUND or _OTHER of an interface in the list, or
 * keeps it for later.
 */
void interface_log_add(struct interface_log *, const char *const *list,
    size_t interface, uint32_t order, uint64_t now);

/* Logs the kept change if its time has come. */
void interface_log_tick(
    struct interface_log *, const char *const *list, uint64_t now);

/* Returns the time of the next interface_log_tick; CLOCK_NEVER: none. */
uint64_t interface_log_deadline(const struct interface_log *);

#endif
