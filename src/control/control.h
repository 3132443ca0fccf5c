/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The control process: sends statistics to the clients of the control socket,
 * and can do nothing else.  It reads nothing from clients, and drops a slow
 * client without an effect on others.
 */
#ifndef CONTROL_H
#define CONTROL_H

struct conf_socket;
struct priv;
struct source_set;
struct control_ends;

/*
 * Listens on the socket, and for keys on a second one whose path ends with
 * STATS_KEYS_SUFFIX, and forks the process, which closes the sources.
 * Fills in the runner's handles; ce_fd is -1 if no socket is configured.  Exits
 * with a message on failure.
 */
void control_start(struct control_ends *, const struct conf_socket *,
    const struct priv *, struct source_set *);

#endif
