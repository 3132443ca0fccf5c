/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The filters of a savefile.  Compiling a filter needs the link type and byte
 * order of the file, which the watcher reads, and host names, which the watcher
 * cannot look up.  So the watcher sends ORDER_LINK before any other message,
 * and the runner compiles and sends back a program for each rule with a filter.
 */
#ifndef SAVEFILE_PROTO_H
#define SAVEFILE_PROTO_H

#include <stdbool.h>
#include <stddef.h>

struct order_ends;

/*
 * Watcher: sends the link type (DLT_...) and byte order (swapped: other than
 * the machine's).  Returns 0, or -1 and errno.
 */
int savefile_proto_ask(const struct order_ends *, int linktype, bool swapped);

/* Watcher: waits for the next program, of `size` bytes.  Returns 0 or -1. */
int savefile_proto_receive(
    const struct order_ends *, void *program, size_t size);

/*
 * Runner, when its order socket is readable: takes an ORDER_LINK.  Returns
 * false for another or an invalid message, which stays in the socket.
 */
bool savefile_proto_asked(
    const struct order_ends *, int *linktype, bool *swapped);

/* Runner: sends the next program.  Returns 0, or -1 and errno. */
int savefile_proto_answer(
    const struct order_ends *, const void *program, size_t size);

#endif
