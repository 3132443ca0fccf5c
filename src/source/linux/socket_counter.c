/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>

#include "base/clock.h"
#include "ipc/source_message.h"
#include "source/linux/slot.h"
#include "source/linux/slots.h"
#include "source/linux/socket_counter.h"
#include "source/source_shared.h"

void
socket_counter_init(struct socket_counter *sc, const struct source_ops *ops,
    int (*read)(struct socket_counter *))
{
	*sc = (struct socket_counter){ .sc_listener = { .li_rest =
							    LISTENER_REST },
		.sc_source = { .s_ops = ops,
		    .s_fd = -1,
		    .s_at = CLOCK_NEVER,
		    .s_look_fd = -1 },
		.sc_sock = -1,
		.sc_read = read };
}

int
socket_counter_extend(
    struct socket_counter *sc, struct source_shared *shared, bool time)
{
	struct slots *slots;
	size_t unit;

	if ((slots = slots_shared(shared)) == NULL ||
	    (unit = slots_take(slots, time)) == 0)
		return -1;
	slot_open(&sc->sc_slot, slots, unit, time);
	sc->sc_slot.sl_source = &sc->sc_source;
	return 0;
}

void
socket_counter_reduce(struct socket_counter *sc)
{
	struct slot *sl = &sc->sc_slot;

	if (socket_counter_extended(sc))
		slots_give(sl->sl_slots, sl->sl_unit, sl->sl_time);
	slot_close(sl);
}

bool
socket_counter_extended(const struct socket_counter *sc)
{
	return sc->sc_slot.sl_unit != 0;
}

void
socket_counter_send(const struct socket_counter *sc, struct source_message *sm)
{
	sm->sm_seen = sc->sc_seen;
	sm->sm_numbers[SOCKET_COUNTER_UNIT] = (uint32_t)sc->sc_slot.sl_unit;
	sm->sm_numbers[SOCKET_COUNTER_TIME] = sc->sc_slot.sl_time;
}

int
socket_counter_receive(struct socket_counter *sc,
    const struct source_message *sm, const struct source_shared *shared)
{
	sc->sc_seen = sm->sm_seen;
	if (sm->sm_numbers[SOCKET_COUNTER_UNIT] == 0)
		return 0;
	if (shared->ss_slots == NULL) {
		errno = EBADMSG;
		return -1;
	}
	slot_open(&sc->sc_slot, shared->ss_slots,
	    sm->sm_numbers[SOCKET_COUNTER_UNIT],
	    sm->sm_numbers[SOCKET_COUNTER_TIME] != 0);
	sc->sc_slot.sl_source = &sc->sc_source;
	return 0;
}

int
socket_counter_sample(
    struct source *s, uint64_t now, struct source_count *count)
{
	struct socket_counter *sc = (struct socket_counter *)s;

	(void)now;
	if (socket_counter_extended(sc)) {
		slot_count(&sc->sc_slot, count);
		return 0;
	}
	if (sc->sc_read(sc) == -1)
		return -1;
	count->sc_packets = sc->sc_seen;
	count->sc_bytes = 0;
	count->sc_last = count->sc_woke = CLOCK_NEVER;
	return 0;
}

bool
socket_counter_silence(
    struct source *s, size_t slot, uint64_t time, uint64_t since)
{
	struct socket_counter *sc = (struct socket_counter *)s;

	return socket_counter_extended(sc) &&
	    slot_count_silences(&sc->sc_slot, slot, time, since);
}

bool
socket_counter_wake_at(
    struct source *s, const struct source_count *wanted, uint64_t now)
{
	struct socket_counter *sc = (struct socket_counter *)s;
	bool waiting = wanted->sc_packets != UINT64_MAX;

	if (socket_counter_extended(sc))
		return slot_arm(&sc->sc_slot, wanted);
	/* The socket wakes the daemon only after it has been emptied. */
	if (listener_turn(&sc->sc_listener, waiting, now) &&
	    sc->sc_read(sc) == -1)
		return true; /* the next sample reports the error */
	s->s_at = listener_until(&sc->sc_listener, waiting, now);
	s->s_fd = s->s_at == CLOCK_NEVER ? sc->sc_sock : -1;
	return sc->sc_seen >= wanted->sc_packets;
}
