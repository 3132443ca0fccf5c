/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The runner's messages to the watcher.  No call waits: if the socket is full,
 * watcher_link_catch_up() sends the message later.
 */
#ifndef WATCHER_LINK_H
#define WATCHER_LINK_H

#include "ipc/order.h"

struct job;
struct runner;

/*
 * Reports that a run has ended, ORDER_ENDED or ORDER_BROKE, or did not start,
 * ORDER_FAILED.
 */
void watcher_link_report(struct runner *, enum order_type, struct job *);

/* Asks for the statistics of all triggers, for STATS_USER or STATS_CONTROL. */
void watcher_link_ask(struct runner *, unsigned int who);

/* Asks for the keys, if keys_query_deadline() has come. */
void watcher_link_ask_keys(struct runner *);

/* Sends ORDER_PING, for the service manager's watchdog. */
void watcher_link_ping(struct runner *);

/* Sends the delayed messages; to be called when a socket has
 * room again, and after reload_changes(). */
void watcher_link_catch_up(struct runner *);

#endif
