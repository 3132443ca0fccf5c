/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Carries out the messages of the watcher and the opener. */
#ifndef ORDERS_H
#define ORDERS_H

struct runner;

/* Reads a bounded number of the watcher's orders and carries them out. */
void orders_read(struct runner *);

/* A removed job's run has ended: starts the runs that waited for the end. */
void orders_start_held(struct runner *);

/* Reads a message of the opener and goes on with the reload. */
void orders_opener(struct runner *);

#endif
