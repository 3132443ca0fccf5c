/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/linux/slots.h"
#include "source/linux/tap.h"

static bool
is_any(const struct tap *tp)
{
	return strcmp(tp->tp_name, INTERFACE_ANY) == 0;
}

struct tap *
tap_find(
    struct slots *slots, const char *name, enum direction direction, int link)
{
	struct tap *tp;
	size_t i;

	for (tp = *slots_taps(slots); tp != NULL; tp = tp->tp_next) {
		if (strcmp(tp->tp_name, name) != 0 ||
		    tp->tp_direction != direction)
			continue;
		for (i = 0; i < tp->tp_count; i++)
			if (tp->tp_sockets[i].ps_link == link)
				return tp;
	}
	return NULL;
}

/* Returns a tap without sockets, in the list; or NULL and errno. */
static struct tap *
make(struct slots *slots, const char *name, enum direction direction)
{
	struct tap *tp;
	size_t i;

	if ((tp = calloc(1, sizeof(*tp))) == NULL)
		return NULL;
	strlcpy(tp->tp_name, name, sizeof(tp->tp_name));
	tp->tp_direction = direction;
	tp->tp_array = -1;
	for (i = 0; i < TAP_SOCKETS; i++)
		tp->tp_now[i] = tp->tp_new[i] = -1;
	tp->tp_next = *slots_taps(slots);
	*slots_taps(slots) = tp;
	return tp;
}

static void
close_fd(int fd)
{
	if (fd != -1)
		close(fd);
}

static void
destroy(struct slots *slots, struct tap *tp)
{
	struct tap **at = slots_taps(slots);
	size_t i;

	while (*at != tp)
		at = &(*at)->tp_next;
	*at = tp->tp_next;
	for (i = 0; i < TAP_SOCKETS; i++) {
		close_fd(tp->tp_now[i]);
		close_fd(tp->tp_new[i]);
	}
	while (tp->tp_count > 0)
		packet_socket_close(&tp->tp_sockets[--tp->tp_count]);
	close_fd(tp->tp_array);
	free(tp);
}

struct tap *
tap_open(struct slots *slots, const char *name, enum direction direction,
    const int *links, size_t n)
{
	struct tap *tp;
	int saved;

	if ((tp = make(slots, name, direction)) == NULL)
		return NULL;
	for (; tp->tp_count < n; tp->tp_count++)
		if (packet_socket_open(&tp->tp_sockets[tp->tp_count],
			links[tp->tp_count], direction) == -1)
			break;
	if (tp->tp_count == n &&
	    (is_any(tp) ||
		interface_init(&tp->tp_interface, name, tp->tp_sockets, n) ==
		    0))
		return tp;
	saved = errno;
	destroy(slots, tp);
	errno = saved;
	return NULL;
}

struct tap *
tap_receive(struct slots *slots, const char *name, enum direction direction,
    const int *links, const int *socks, size_t n)
{
	struct tap *tp;
	size_t i;

	if ((tp = make(slots, name, direction)) == NULL)
		return NULL;
	if (!is_any(tp) &&
	    interface_init(&tp->tp_interface, name, tp->tp_sockets, n) == -1) {
		destroy(slots, tp);
		return NULL;
	}
	for (i = 0; i < n; i++)
		tp->tp_sockets[i] = (struct packet_socket){ .ps_sock = socks[i],
			.ps_link = links[i],
			.ps_direction = direction };
	tp->tp_count = n;
	tp->tp_bound = tp->tp_known = true;
	if (!is_any(tp))
		interface_adopt(&tp->tp_interface);
	return tp;
}

void
tap_join(struct tap *tp, struct tap_filter *tf)
{
	tf->tf_tap = tp;
	tf->tf_next = NULL;
	*(tp->tp_filters == NULL ? &tp->tp_filters : tp->tp_last) = tf;
	tp->tp_last = &tf->tf_next;
	tp->tp_n++;
	tp->tp_changed = true;
	tf->tf_changes = tp->tp_changes;
}

void
tap_leave(struct slots *slots, struct tap_filter *tf)
{
	struct tap *tp = tf->tf_tap;
	struct tap_filter **at;

	if (tp == NULL)
		return;
	for (at = &tp->tp_filters; *at != tf; at = &(*at)->tf_next)
		;
	if ((*at = tf->tf_next) == NULL)
		tp->tp_last = at;
	tf->tf_tap = NULL;
	if (--tp->tp_n == 0)
		destroy(slots, tp);
}

/* Returns SOURCE_BACK if the filter gets packets, or why it does not. */
static enum source_change
state_of(const struct tap_filter *tf)
{
	const struct tap *tp = tf->tf_tap;
	const struct interface *in = &tp->tp_interface;
	size_t i;

	if (is_any(tp))
		return SOURCE_BACK;
	i = (size_t)(in->if_socket - tp->tp_sockets);
	if (!in->if_there)
		return in->if_other ? SOURCE_OTHER : SOURCE_GONE;
	return (tf->tf_fits & 1U << i) != 0 ? SOURCE_BACK : SOURCE_OTHER;
}

bool
tap_counts(const struct tap_filter *tf)
{
	return state_of(tf) == SOURCE_BACK;
}

/* Looks at the interface.  Returns 0, or -1 and errno. */
static int
update(struct tap *tp, uint64_t now)
{
	struct interface *in = &tp->tp_interface;

	if (now > tp->tp_look_at + CLOCK_S)
		interface_rested(in);
	switch (interface_update(in)) {
	case SOURCE_ERROR:
		return -1;
	case SOURCE_BACK:
		tp->tp_changes++;
		break;
	default:
		break;
	}
	tp->tp_looked = now;
	tp->tp_look_at = now + interface_rest(in);
	return 0;
}

enum source_change
tap_look(struct tap *tp, struct tap_filter *tf, uint64_t now)
{
	enum source_change state;
	bool again, gone;

	if (now >= tp->tp_look_at && now != tp->tp_looked &&
	    update(tp, now) == -1)
		return SOURCE_ERROR;
	state = state_of(tf);
	/* Bound again since, to another interface of the name. */
	again = state == SOURCE_BACK && tf->tf_changes != tp->tp_changes;
	tf->tf_changes = tp->tp_changes;
	gone = tf->tf_state != SOURCE_BACK && state == SOURCE_GONE;
	again = again || (state != tf->tf_state && !gone);
	tf->tf_state = state;
	return again ? state : SOURCE_SAME;
}

int
tap_bind(struct tap *tp)
{
	struct tap_filter *tf;

	if (is_any(tp)) {
		if (packet_socket_bind(tp->tp_sockets, 0) == -1)
			return -1;
	} else if (interface_update(&tp->tp_interface) == SOURCE_ERROR) {
		return -1;
	}
	tp->tp_bound = true;
	for (tf = tp->tp_filters; tf != NULL; tf = tf->tf_next)
		tf->tf_state = state_of(tf);
	return 0;
}
