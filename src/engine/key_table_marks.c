/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include "engine/heap.h"
#include "engine/key_table.h"
#include "engine/key_table_marks.h"

static uint64_t *
marks_of(const struct key_table *t, const struct key_entry *e)
{
	return &t->kt_marks[(size_t)(e - t->kt_entries) * t->kt_ring];
}

uint64_t
key_table_marks_left(uint64_t count, uint64_t step)
{
	return count / step + (count % step != 0);
}

/*
 * Goes from mark to mark; as many as an event needs, one behind the other, are
 * an event each time, so this ends after two rounds of marks.
 */
uint64_t
key_table_marks_rate(
    const struct key_table *t, struct key_entry *e, uint64_t count)
{
	uint64_t *marks = marks_of(t, e);
	uint64_t whole = t->kt_back * t->kt_step + 1, events = 0, mark, need;

	while (count > 0) {
		if (e->ke_since == 0) {
			events += count / whole;
			count %= whole;
		}
		mark = key_table_marks_left(e->ke_since, t->kt_step);
		need = mark * t->kt_step + 1 - e->ke_since;
		if (count < need) {
			e->ke_since += count;
			break;
		}
		count -= need;
		e->ke_since += need;
		if (mark >= t->kt_back &&
		    t->kt_now - marks[(mark - t->kt_back) % KEY_TABLE_MARKS] <=
			t->kt_rule.kr_time) {
			events++;
			e->ke_since = 0;
		} else {
			marks[mark % KEY_TABLE_MARKS] = t->kt_now;
		}
	}
	return events;
}

/* Returns the time at which an armed key's event is due; UINT64_MAX: never. */
static uint64_t
due(const struct key_table *t, const uint64_t *marks, uint64_t newest)
{
	const uint64_t full = marks[(newest - t->kt_keep) % t->kt_ring];

	return t->kt_rule.kr_time > UINT64_MAX - full ?
	    UINT64_MAX :
	    full + t->kt_rule.kr_time;
}

/*
 * Leaves all marks of the count, as far as there is room.  All are of the same
 * time, so if N came within kr_time at one of them, so they have at the newest.
 */
void
key_table_marks_below(struct key_table *t, struct key_entry *e, uint64_t count)
{
	const uint64_t ring = t->kt_ring;
	uint64_t *marks = marks_of(t, e), newest;
	uint64_t mark = key_table_marks_left(e->ke_since, t->kt_step), end;

	e->ke_since += count;
	if ((end = key_table_marks_left(e->ke_since, t->kt_step)) == mark)
		return;
	newest = end - 1;
	for (mark = end - mark > ring ? end - ring : mark; mark < end; mark++)
		marks[mark % ring] = t->kt_now;
	if (e->ke_armed.hn_place != 0 ||
	    (newest >= t->kt_back &&
		t->kt_now - marks[(newest - t->kt_back) % ring] <
		    t->kt_rule.kr_time))
		heap_set(&t->kt_armed, &e->ke_armed, due(t, marks, newest));
}
