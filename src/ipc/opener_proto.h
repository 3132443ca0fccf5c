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
 *
 * After OPENER_FINE the opener sends the watcher the new table
 * (ipc/table_proto.h).  The watcher says ORDER_READY when the table is in
 * force, or the opener says OPENER_BAD.  Until then the runner sends the
 * watcher nothing: the number of a trigger means the same on both sides.
 */
#ifndef OPENER_PROTO_H
#define OPENER_PROTO_H

#define OPENER_READ  'r'
#define OPENER_RULES 't'
#define OPENER_FINE  'f'
#define OPENER_BAD   'b'

/*
 * Descriptors; -1: none.  The memory file holds the rules in canonical form, a
 * 0 byte, the number of sources, and for each rule a line that says how its
 * source counts.
 */
struct opener_ends {
	int pe_table;  /* the opener's socket to the watcher; -1: no opener */
	int pe_opener; /* the opener's socket to the runner; -1: no reloads */
	int pe_runner; /* the other end */
	int pe_text;   /* memory file, shared */
};

/*
 * Sends a message.  Returns 0, also if the other side has ended, which each
 * side notices elsewhere; or -1 and errno.
 */
int opener_proto_send(int sock, char what);

/*
 * Returns the next message; 0: the other side has ended; or -1 and errno,
 * EAGAIN: no message has come.
 */
int opener_proto_recv(int sock);

#endif
