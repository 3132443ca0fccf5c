/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* bpfstatsctl: asks the daemon for its statistics. */
#ifndef CLIENT_H
#define CLIENT_H

#include "ctl/keys.h"
#include "ctl/reply.h"

/*
 * Connects to the socket at path and reads one reply, within 2 seconds.
 * Returns 0, and the reply is the caller's for reply_free(); or -1 with a
 * message in err.
 */
int client_ask(struct reply *, const char *path, char err[REPLY_ERROR]);

/* Does the same for the keys of a rule, within 10 seconds; for keys_free(). */
int client_ask_keys(
    struct keys *, const char *path, const char *rule, char err[REPLY_ERROR]);

#endif
