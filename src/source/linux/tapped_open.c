/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <linux/filter.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/linux/cbpf.h"
#include "source/linux/ebpf_program.h"
#include "source/linux/interface.h"
#include "source/linux/keyed_source.h"
#include "source/linux/linktype.h"
#include "source/linux/packet_socket.h"
#include "source/linux/slots.h"
#include "source/linux/source_linux.h"
#include "source/linux/tap.h"
#include "source/linux/tapped.h"
#include "source/source.h"
#include "source/source_shared.h"

/* Keeps the filter for a socket.  Returns 0, or -1 and errno. */
static int
keep_filter(struct tap_filter *tf, size_t socket, const struct cbpf *cb)
{
	const size_t n = cb->cb_len - cb->cb_filter;

	tf->tf_fits |= 1U << socket;
	if (cb->cb_any)
		return 0;
	tf->tf_insns[socket] = calloc(n, sizeof(*cb->cb_insns));
	if (tf->tf_insns[socket] == NULL)
		return -1;
	memcpy(tf->tf_insns[socket], cb->cb_insns + cb->cb_filter,
	    n * sizeof(*cb->cb_insns));
	tf->tf_len[socket] = n;
	return 0;
}

/*
 * Compiles the filter for all sockets of the tap: a filter does not fit the
 * link types on which the expression is invalid.  Returns 0, or -1 and errno.
 */
static int
compile_all(struct tapped *td, const struct source_conf *sc,
    const struct tap *tp, const struct cbpf *first)
{
	static struct cbpf other;
	char problem[SOURCE_TEXT];
	const struct cbpf *cb;
	int link;
	size_t i;

	for (i = 0; i < tp->tp_count; i++) {
		link = tp->tp_sockets[i].ps_link;
		cb = first;
		if (!first->cb_any && link == PACKET_SOCKET_ANY)
			continue;
		if (!first->cb_any && link != td->td_link) {
			cb = &other;
			if (cbpf_build(&other, sc, link, problem,
				sizeof(problem)) == -1 ||
			    ebpf_program_try(other.cb_insns + other.cb_filter,
				other.cb_len - other.cb_filter, link) == -1)
				continue;
		}
		if (keep_filter(&td->td_filter, i, cb) == -1)
			return -1;
	}
	return 0;
}

_Static_assert(LINKTYPE_USUAL + 2 <= TAP_SOCKETS, "the first may be unusual");

/* Opens a tap for this filter, and for others if a reload may add some. */
static struct tap *
open_tap(struct slots *slots, const struct source_conf *sc, int link, bool any)
{
	int links[TAP_SOCKETS];
	size_t n = 0, i;

	/* A key needs the link type, a count does not. */
	if (any && !sc->sc_shared->ss_grows && sc->sc_nkeys == 0) {
		links[n++] = PACKET_SOCKET_ANY;
	} else {
		links[n++] = link;
		for (i = 0; i < LINKTYPE_USUAL; i++)
			if (linktype_usual[i] != link)
				links[n++] = linktype_usual[i];
		if (any || sc->sc_shared->ss_grows)
			links[n++] = PACKET_SOCKET_ANY;
	}
	if (strcmp(sc->sc_name, INTERFACE_ANY) == 0)
		n = 1;
	return tap_open(slots, sc->sc_name, sc->sc_direction, links, n);
}

/* Joins the tap of the interface.  Returns 0, or -1 and errno. */
static int
join(struct tapped *td, const struct source_conf *sc, const struct cbpf *cb)
{
	struct slots *slots = td->td_slot.sl_slots;
	struct ebpf_counted *ec = &td->td_filter.tf_counted;
	struct tap *tp;

	tp = tap_find(slots, sc->sc_name, sc->sc_direction, td->td_link);
	if (tp == NULL) {
		tp = open_tap(slots, sc, td->td_link, cb->cb_any);
		if (tp == NULL)
			return -1;
		td->td_link = tp->tp_sockets[0].ps_link;
	}
	if (sc->sc_nkeys > 0 &&
	    (td->td_tables = keyed_source_code(sc->sc_keys, sc->sc_nkeys)) ==
		NULL)
		return -1;
	*ec = (struct ebpf_counted){ .ec_slots = slots,
		.ec_unit = td->td_slot.sl_unit,
		.ec_bytes = sc->sc_bytes,
		.ec_time = sc->sc_time,
		.ec_tables = (const struct ebpf_keyed *const *)td->td_tables,
		.ec_ntables = sc->sc_nkeys };
	tap_join(tp, &td->td_filter);
	return compile_all(td, sc, tp, cb);
}

/* Returns a source in a tap; or NULL, with the reason in err. */
static struct source *
open_tapped(struct slots *slots, const struct source_conf *sc, int link,
    const struct cbpf *cb, char *err, size_t errlen)
{
	struct tapped *td;
	size_t unit;

	if ((td = tapped_allocate()) == NULL) {
		snprintf(err, errlen, "%s: cannot count: %s", sc->sc_name,
		    strerror(errno));
		return NULL;
	}
	td->td_link = link;
	if ((unit = slots_take(slots, sc->sc_time)) == 0) {
		snprintf(err, errlen,
		    "%s: no room for another filter; restart bpfstatsd",
		    sc->sc_name);
	} else {
		tapped_use_slot(td, slots, unit, sc->sc_time);
		if (join(td, sc, cb) == 0) {
			if (strcmp(sc->sc_name, INTERFACE_ANY) != 0)
				td->td_source.s_look_fd =
				    sc->sc_shared->ss_notice;
			return &td->td_source;
		}
		packet_explain(sc->sc_name, err, errlen);
	}
	tapped_close(&td->td_source);
	return NULL;
}

struct source *
tapped_open(const struct source_conf *sc, char *err, size_t errlen)
{
	static struct cbpf cb;
	struct slots *slots;
	int link, why = sc->sc_refused;

	if (interface_link(sc->sc_name, sc->sc_wait, &link, err, errlen) ==
		-1 ||
	    cbpf_build(&cb, sc, link, err, errlen) == -1)
		return NULL;
	if (why == 0 && (slots = slots_shared(sc->sc_shared)) == NULL)
		why = errno;
	if (why == 0 && !cb.cb_any &&
	    ebpf_program_try(cb.cb_insns + cb.cb_filter,
		cb.cb_len - cb.cb_filter, link) == -1)
		why = errno;
	if (why != 0)
		return packet_open(sc, link, why, err, errlen);
	return open_tapped(slots, sc, link, &cb, err, errlen);
}
