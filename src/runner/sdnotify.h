/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Messages to the service manager, by the protocol of sd_notify(3): states on
 * the datagram socket NOTIFY_SOCKET.  Without this variable, and on systems
 * without systemd, these functions do nothing.
 *
 * The watchdog (WATCHDOG_USEC) gets a sign of life when the watcher has
 * answered a ping, which shows that neither process hangs.  Without the
 * variable there are no wake-ups.  Times are ns of clock_now().
 */
#ifndef SDNOTIFY_H
#define SDNOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Connects, and removes the variables from the environment of the commands.  To
 * be called before privileges are dropped.  Logs a failure; the other functions
 * do nothing then.
 */
void sdnotify_open(void);

/* Closes the socket, in a child that does not use it. */
void sdnotify_close(void);

/*
 * Sends READY=1: every source counts, at the start and after each reload, even
 * a failed one.  Sends nothing during the shutdown.
 */
void sdnotify_ready(void);

/* Sends RELOADING=1; sdnotify_ready() must follow. */
void sdnotify_reloading(uint64_t now);

/* Sends STOPPING=1 and stops the watchdog's signs of life. */
void sdnotify_stopping(void);

/* Returns the time of the next sdnotify_ask(); CLOCK_NEVER: none. */
uint64_t sdnotify_deadline(void);

/* Returns true if the watcher must be sent ORDER_PING now. */
bool sdnotify_ask(uint64_t now);

/* The watcher has answered: sends WATCHDOG=1 if it was asked. */
void sdnotify_alive(void);

#endif
