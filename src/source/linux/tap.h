/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Linux: a tap, the packet sockets of an interface and a direction, shared by
 * all extended filters there.  A socket has the packets of one link type, and a
 * program with all filters for the link type.  The interface may return with
 * another link type, and no socket can be opened after privileges are dropped:
 * so there is a socket for each usual link type, and a single socket is bound.
 *
 * The process that opens sources builds and replaces programs; the watcher
 * follows the interface.
 */
#ifndef TAP_H
#define TAP_H

#include <net/if.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/linux/ebpf_program.h"
#include "source/linux/interface.h"
#include "source/linux/packet_socket.h"
#include "source/source.h"

/* Sockets of a tap: the first link type, the usual ones, and any other. */
#define TAP_SOCKETS 5

struct slots;
struct tap;

/* A filter of a tap; filled in and owned by the source. */
struct tap_filter {
	struct tap *tf_tap; /* NULL: not in a tap */
	struct tap_filter *tf_next;
	struct ebpf_counted tf_counted; /* slot; instructions are not used */
	/* Indexed by socket; tf_fits has a bit for each suitable socket. */
	struct sock_filter
	    *tf_insns[TAP_SOCKETS]; /* owned; NULL: all packets */
	size_t tf_len[TAP_SOCKETS];
	unsigned int tf_fits;
	bool tf_leaves; /* the new rules do not need the filter */
	bool tf_stuck;	/* a program that counts for it is still in force */
	int tf_error;	/* errno: the kernel refuses the filter; or 0 */
	enum source_change tf_state; /* as last returned by tap_look */
	uint64_t tf_changes;	     /* tp_changes of the last tap_look */
};

struct tap {
	struct tap *tp_next;
	char tp_name[IFNAMSIZ];
	enum direction tp_direction;
	struct packet_socket tp_sockets[TAP_SOCKETS];
	size_t tp_count;
	struct interface tp_interface; /* not of "any" */
	struct tap_filter *tp_filters;
	struct tap_filter **tp_last; /* end of tp_filters */
	size_t tp_n;		     /* filters */
	uint64_t tp_looked;	     /* time of the last look */
	uint64_t tp_look_at;	     /* earliest time of the next look */
	uint64_t tp_changes;	     /* bindings so far */

	/* Opener; see tap_program.c. */
	int tp_array;		 /* PROG_ARRAY; -1: not open */
	int tp_now[TAP_SOCKETS]; /* programs of the entries in force, or -1 */
	int tp_new[TAP_SOCKETS]; /* programs to install, or -1 */
	unsigned int tp_bank;	 /* of the programs in force */
	size_t tp_behind[2][TAP_SOCKETS]; /* programs behind the first */
	bool tp_changed;		  /* filters have come */
	bool tp_leaves;			  /* filters are to leave */
	bool tp_installed;		  /* the new programs are in force */
	bool tp_bound;			  /* packets come */
	bool tp_known;			  /* the watcher has the sockets */
};

/*
 * Returns the tap of a name and direction that has a socket for the link type;
 * NULL: none.
 */
struct tap *tap_find(
    struct slots *, const char *name, enum direction, int link);

/*
 * Makes a tap with sockets for these link types, as yet without packets.
 * Returns NULL and errno on failure.
 */
struct tap *tap_open(struct slots *, const char *name, enum direction,
    const int *links, size_t n);

/*
 * The same with sockets from another process, and the link types of these
 * sockets.  Takes the sockets over on success.
 */
struct tap *tap_receive(struct slots *, const char *name, enum direction,
    const int *links, const int *socks, size_t n);

/* Adds a filter to a tap. */
void tap_join(struct tap *, struct tap_filter *);

/* Removes a filter; the last filter closes the tap. */
void tap_leave(struct slots *, struct tap_filter *);

/*
 * Looks at the interface, for a filter: once for all filters at the same time.
 */
enum source_change tap_look(struct tap *, struct tap_filter *, uint64_t now);

/* Binds to the interface for the first time.  Returns 0, or -1 and errno. */
int tap_bind(struct tap *);

/* Returns true if the filter gets packets: of its interface and link type. */
bool tap_counts(const struct tap_filter *);

#endif
