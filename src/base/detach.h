/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Detaches a process from the terminal that the daemon was started on: from
 * the session, which allows to insert input there (TIOCSTI), and from the
 * standard descriptors.  Failures end the process with a message.
 */
#ifndef DETACH_H
#define DETACH_H

/*
 * Starts a session and makes /dev/null the standard input and output.  keep:
 * descriptor that stays unchanged, or -1.
 */
void detach(int keep);

/*
 * Makes /dev/null standard error as well, after the last message.  Call after
 * detach; works in any sandbox.
 */
void detach_error(void);

#endif
