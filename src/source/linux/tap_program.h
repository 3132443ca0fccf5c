/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: builds and replaces the programs of taps, in the process that opens
 * sources.  Each socket has a program that passes packets to an entry of the
 * tap's PROG_ARRAY; the entry's program counts for all filters of the socket's
 * link type.  A change of the entry replaces all filters at once: either the
 * old or the new filters count a packet, and slots keep the counts.
 */
#ifndef TAP_PROGRAM_H
#define TAP_PROGRAM_H

#include <stdbool.h>

struct slots;
struct tap_filter;

/*
 * Builds the programs of all taps whose filters have changed, and starts new
 * taps.  Returns 0; or -1 and errno, with *failed the filter that the kernel
 * refuses (tf_error is set), or any filter of the failed tap.
 */
int tap_program_build(struct slots *, struct tap_filter **failed);

/* Installs the new programs.  Returns 0; or -1 and errno, without effect. */
int tap_program_install(struct slots *);

/*
 * tap_program_cancel goes back to the programs before tap_program_build.
 * tap_program_finish drops the old programs after tap_program_install.
 */
void tap_program_cancel(struct slots *);
void tap_program_finish(struct slots *);

/*
 * Watcher: closes what only changes to programs need.  opener: also the arrays,
 * which the opener keeps open.
 */
void tap_program_forget(struct slots *, bool opener);

#endif
