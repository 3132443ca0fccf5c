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

/* The wake-ups; then in the order of the numbers all sources, all triggers. */
struct legacy_trigger {
	struct trigger le_trigger;
	bool le_ended;
};

static int
give(const struct watcher *w, const void *what, size_t size)
{
	ssize_t n;

	do {
		n = send(w->w_ends.oe_after, what, size, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

/* All of it, also where sockets know no messages. */
static int
take(const struct watcher *w, void *what, size_t size)
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
give_source(const struct watcher *w, const struct source *s)
{
	struct source_state state;
	char byte = 0;

	memset(&state, 0, sizeof(state));
	source_save(s, &state);
	if (give(w, &state, sizeof(state)) == -1)
		return -1;
	if (state.st_passed == -1)
		return 0;
	return fdpass_send(
	    w->w_ends.oe_after, &byte, sizeof(byte), state.st_passed);
}

int
handover_give(struct watcher *w)
{
	struct legacy_trigger legacy;
	size_t i;

	if (give(w, &w->w_wakeups, sizeof(w->w_wakeups)) == -1)
		return -1;
	for (i = 0; i < w->w_ncounters; i++)
		if (give_source(w, w->w_counters[i].co_source) == -1)
			return -1;
	for (i = 0; i < w->w_ntriggers; i++) {
		memset(&legacy, 0, sizeof(legacy));
		legacy.le_trigger = w->w_triggers[i].wt_trigger;
		legacy.le_ended = w->w_triggers[i].wt_ended;
		if (give(w, &legacy, sizeof(legacy)) == -1)
			return -1;
	}
	return 0;
}

/* Its number there is another one here. */
static int
take_source(const struct watcher *w, struct source_state *state)
{
	char byte = '\0';

	if (take(w, state, sizeof(*state)) == -1)
		return -1;
	if (state->st_passed == -1)
		return 0;
	return fdpass_recv(
	    w->w_ends.oe_before, &byte, sizeof(byte), &state->st_passed, 0);
}

static int
take_sources(struct watcher *w)
{
	const struct handover *ho = w->w_handover;
	struct source_state state;
	struct counter *co;
	size_t i;

	for (i = 0; i < ho->ho_nsources; i++) {
		if (take_source(w, &state) == -1)
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
	struct legacy_trigger legacy;
	struct watched_trigger *t;
	size_t i;

	if (take(w, &w->w_wakeups, sizeof(w->w_wakeups)) == -1 ||
	    take_sources(w) == -1)
		return -1;
	for (i = 0; i < ho->ho_diff->cd_old; i++) {
		if (take(w, &legacy, sizeof(legacy)) == -1)
			return -1;
		if (ho->ho_diff->cd_trigger[i] == CONF_DIFF_NONE)
			continue;
		t = &w->w_triggers[ho->ho_diff->cd_trigger[i]];
		t->wt_trigger = legacy.le_trigger;
		t->wt_trigger.t_number = (uint32_t)(t - w->w_triggers);
		t->wt_ended = legacy.le_ended;
		t->wt_known = true;
	}
	return 0;
}
