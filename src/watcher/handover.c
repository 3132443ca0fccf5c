/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/fdpass.h"
#include "conf/conf_diff.h"
#include "source/source.h"
#include "source/source_state.h"
#include "watcher/handover.h"
#include "watcher/trigger.h"
#include "watcher/watcher_internal.h"

/*
 * Format: w_wakeups; a struct source_state for each source, with a descriptor
 * where st_passed says so; a struct trigger_state for each trigger.  Sources
 * and triggers in the order of the old numbers.
 */
struct trigger_state {
	struct trigger ts_trigger;
	bool ts_ended; /* wt_ended */
};

static int
send_all(const struct watcher *w, const void *what, size_t size)
{
	ssize_t n;

	do {
		n = send(w->w_ends.oe_after, what, size, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

/* Receives exactly `size` bytes, also from a stream socket. */
static int
recv_all(const struct watcher *w, void *what, size_t size)
{
	ssize_t n;

	do {
		n = recv(w->w_ends.oe_before, what, size, MSG_WAITALL);
	} while (n == -1 && errno == EINTR);
	if (n == (ssize_t)size)
		return 0;
	if (n != -1)
		errno = n == 0 ? EPIPE : EBADMSG;
	return -1;
}

int
handover_ready(const struct order_ends *oe)
{
	if (oe->oe_before == -1)
		return 0;
	return send(oe->oe_before, "", 1, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

static int
send_source(const struct watcher *w, const struct source *s)
{
	struct source_state state;
	char byte = 0;

	memset(&state, 0, sizeof(state));
	source_save(s, &state);
	if (send_all(w, &state, sizeof(state)) == -1)
		return -1;
	if (state.st_passed == -1)
		return 0;
	return fdpass_send(
	    w->w_ends.oe_after, &byte, sizeof(byte), state.st_passed);
}

int
handover_give(struct watcher *w)
{
	struct trigger_state state;
	size_t i;

	if (send_all(w, &w->w_wakeups, sizeof(w->w_wakeups)) == -1)
		return -1;
	for (i = 0; i < w->w_ncounters; i++)
		if (send_source(w, w->w_counters[i].co_source) == -1)
			return -1;
	for (i = 0; i < w->w_ntriggers; i++) {
		memset(&state, 0, sizeof(state));
		state.ts_trigger = w->w_triggers[i].wt_trigger;
		state.ts_ended = w->w_triggers[i].wt_ended;
		if (send_all(w, &state, sizeof(state)) == -1)
			return -1;
	}
	return 0;
}

/* Receives the state of the next source, and its descriptor if any. */
static int
recv_source(const struct watcher *w, struct source_state *state)
{
	char byte = '\0';

	if (recv_all(w, state, sizeof(*state)) == -1)
		return -1;
	if (state->st_passed == -1)
		return 0;
	return fdpass_recv(
	    w->w_ends.oe_before, &byte, sizeof(byte), &state->st_passed, 0);
}

/* Receives all sources; discards those that no rule needs any more. */
static int
recv_sources(struct watcher *w)
{
	const struct handover *ho = w->w_handover;
	struct source_state state;
	struct counter *co;
	size_t i;

	for (i = 0; i < ho->ho_nsources; i++) {
		if (recv_source(w, &state) == -1)
			return -1;
		if (ho->ho_sources[i] == CONF_DIFF_NONE) {
			if (state.st_passed != -1)
				close(state.st_passed);
			continue;
		}
		co = &w->w_counters[ho->ho_sources[i]];
		source_load(co->co_source, &state);
		co->co_known = true;
	}
	return 0;
}

int
handover_take(struct watcher *w)
{
	const struct handover *ho = w->w_handover;
	struct trigger_state state;
	struct watched_trigger *t;
	size_t i;

	if (recv_all(w, &w->w_wakeups, sizeof(w->w_wakeups)) == -1 ||
	    recv_sources(w) == -1)
		return -1;
	for (i = 0; i < ho->ho_diff->cd_old; i++) {
		if (recv_all(w, &state, sizeof(state)) == -1)
			return -1;
		if (ho->ho_diff->cd_trigger[i] == CONF_DIFF_NONE)
			continue;
		t = &w->w_triggers[ho->ho_diff->cd_trigger[i]];
		t->wt_trigger = state.ts_trigger;
		t->wt_trigger.t_number = (uint32_t)(t - w->w_triggers);
		t->wt_ended = state.ts_ended;
		t->wt_known = true;
	}
	return 0;
}
