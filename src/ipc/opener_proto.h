/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Messages between runner and opener during a reload: one byte each, over a
 * stream socket.
 *
 *   runner                opener
 *   OPENER_READ    -->                   read the file, open new sources
 *                  <--    OPENER_BAD     failed, and logged
 *                  <--    OPENER_RULES   the new rules are in the memory file
 *   OPENER_FINE    -->                   the new commands can be executed
 *   OPENER_BAD     -->                   a new command cannot be executed
 *                  <--    OPENER_NEXT    a new watcher is confined and waits
 *
 * Then the runner sends ORDER_LEAVE to the old watcher.
 */
#ifndef OPENER_PROTO_H
#define OPENER_PROTO_H

#define OPENER_READ  'r'
#define OPENER_RULES 't'
#define OPENER_FINE  'f'
#define OPENER_NEXT  'n'
#define OPENER_BAD   'b'

/*
 * Descriptors of both processes; -1 without an opener.  The memory file holds
 * the rules in canonical form, a 0 byte, the number of sources, and for each
 * rule a line that says how its source counts.
 */
struct opener_ends {
	int pe_opener; /* socket, the opener's end */
	int pe_runner; /* socket, the runner's end */
	int pe_text;   /* memory file, shared */
};

#endif
