/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdlib.h>
#include <string.h>

#include "engine/heap.h"
#include "engine/key_hash.h"
#include "engine/key_table.h"
#include "engine/key_table_marks.h"

/* Returns an entry by its number, a place plus 1. */
static struct key_entry *
entry(const struct key_table *t, uint32_t number)
{
	return number == 0 ? NULL : &t->kt_entries[number - 1];
}

static uint32_t
number_of(const struct key_table *t, const struct key_entry *e)
{
	return (uint32_t)(e - t->kt_entries) + 1;
}

uint64_t
key_table_step(uint64_t count)
{
	return count == 1 ? 1 : (count - 2) / KEY_TABLE_MARKS + 1;
}

uint64_t
key_table_back(uint64_t count)
{
	return key_table_marks_left(count - 1, key_table_step(count));
}

uint64_t
key_table_keep(uint64_t count)
{
	return count / key_table_step(count) - 1;
}

/* Allocates the marks of a table.  Returns 0, or -1 and errno. */
static int
begin_marks(struct key_table *t)
{
	const struct key_table_rule *rule = &t->kt_rule;
	const bool below = rule->kr_kind == CONDITION_BELOW;

	if (rule->kr_kind != CONDITION_RATE && !below)
		return 0;
	t->kt_step = key_table_step(rule->kr_count);
	t->kt_back = key_table_back(rule->kr_count);
	t->kt_keep = key_table_keep(rule->kr_count);
	t->kt_ring = below ? t->kt_back + 1 : KEY_TABLE_MARKS;
	t->kt_marks =
	    calloc(rule->kr_keys * (size_t)t->kt_ring, sizeof(*t->kt_marks));
	if (t->kt_marks == NULL)
		return -1;
	if (!below)
		return 0;
	t->kt_armed.he_list =
	    (struct heap_node **)calloc(rule->kr_keys, sizeof(void *));
	return t->kt_armed.he_list == NULL ? -1 : 0;
}

int
key_table_begin(struct key_table *t, const struct key_table_rule *rule)
{
	memset(t, 0, sizeof(*t));
	t->kt_rule = *rule;
	for (t->kt_chains = 1; t->kt_chains < rule->kr_keys;)
		t->kt_chains *= 2;
	t->kt_entries = calloc(rule->kr_keys, sizeof(*t->kt_entries));
	t->kt_heads = calloc(t->kt_chains, sizeof(*t->kt_heads));
	if (t->kt_entries != NULL && t->kt_heads != NULL && begin_marks(t) == 0)
		return 0;
	key_table_end(t);
	return -1;
}

void
key_table_end(struct key_table *t)
{
	free(t->kt_entries);
	free(t->kt_heads);
	free(t->kt_marks);
	free((void *)t->kt_armed.he_list);
	memset(t, 0, sizeof(*t));
}

/* Returns the first number of a key's chain. */
static uint32_t *
head(const struct key_table *t, const struct key *key)
{
	const uint64_t hash =
	    key_hash(key, t->kt_rule.kr_size, t->kt_rule.kr_seed);

	return &t->kt_heads[hash & (t->kt_chains - 1)];
}

static struct key_entry *
find(const struct key_table *t, const struct key *key)
{
	struct key_entry *e = entry(t, *head(t, key));

	while (e != NULL && memcmp(&e->ke_key, key, sizeof(*key)) != 0)
		e = entry(t, e->ke_chain);
	return e;
}

/* Appends an entry to the list by the time of the last packet. */
static void
enlist(struct key_table *t, struct key_entry *e)
{
	e->ke_live = true;
	e->ke_newer = 0;
	e->ke_older = t->kt_newest;
	t->kt_newest = number_of(t, e);
	if (e->ke_older == 0)
		t->kt_oldest = t->kt_newest;
	else
		entry(t, e->ke_older)->ke_newer = t->kt_newest;
}

static void
delist(struct key_table *t, struct key_entry *e)
{
	e->ke_live = false;
	if (e->ke_older == 0)
		t->kt_oldest = e->ke_newer;
	else
		entry(t, e->ke_older)->ke_newer = e->ke_newer;
	if (e->ke_newer == 0)
		t->kt_newest = e->ke_older;
	else
		entry(t, e->ke_newer)->ke_older = e->ke_older;
}

/* Returns an entry for a new key; NULL: the table is full. */
static struct key_entry *
add(struct key_table *t, const struct key *key)
{
	uint32_t *first = head(t, key), number = t->kt_free;
	struct key_entry *e;

	if (number == 0 && t->kt_fresh == t->kt_rule.kr_keys)
		return NULL;
	if (number == 0)
		number = ++t->kt_fresh;
	else
		t->kt_free = t->kt_entries[number - 1].ke_later;
	e = &t->kt_entries[number - 1];
	*e = (struct key_entry){ .ke_key = *key,
		.ke_used = true,
		.ke_chain = *first,
		.ke_armed = { .hn_order = number } };
	*first = number;
	t->kt_keys++;
	return e;
}

/* Forgets a key that is in no list. */
static void
forget(struct key_table *t, struct key_entry *e)
{
	uint32_t *link = head(t, &e->ke_key);

	while (entry(t, *link) != e)
		link = &entry(t, *link)->ke_chain;
	*link = e->ke_chain;
	t->kt_sums.ks_forgotten += e->ke_packets;
	t->kt_keys--;
	e->ke_used = false;
	e->ke_later = t->kt_free;
	t->kt_free = number_of(t, e);
}

/* Adds events that came due at that time. */
static void
raise_events(
    struct key_table *t, struct key_entry *e, uint64_t events, uint64_t at)
{
	uint32_t number = number_of(t, e);

	if (events == 0)
		return;
	if (e->ke_due == 0) {
		e->ke_at = at;
		e->ke_later = 0;
		if (t->kt_last == 0)
			t->kt_first = number;
		else
			entry(t, t->kt_last)->ke_later = number;
		t->kt_last = number;
	}
	e->ke_due += events;
	e->ke_events += events;
	t->kt_events += events;
}

bool
key_table_silent(enum condition_kind kind)
{
	return kind == CONDITION_IDLE || kind == CONDITION_BELOW;
}

/* Returns true for conditions whose event is a silence. */
static bool
awaits_silence(const struct key_table *t)
{
	return t->kt_rule.kr_kind == CONDITION_IDLE;
}

/*
 * Returns true if the key can no longer matter.  At the very end of kr_time a
 * packet can still be one of those of a rate.
 */
static bool
has_expired(const struct key_table *t, const struct key_entry *e)
{
	uint64_t silence = t->kt_now - e->ke_last;

	switch (t->kt_rule.kr_kind) {
	case CONDITION_EVERY:
		return false;
	case CONDITION_RATE:
	case CONDITION_BELOW:
		return silence > t->kt_rule.kr_time;
	default:
		return silence >= t->kt_rule.kr_time;
	}
}

/* Returns the first armed key whose event is due; NULL: there is none. */
static struct key_entry *
fallen(const struct key_table *t)
{
	const struct heap_node *node = heap_first(&t->kt_armed);

	return node == NULL || node->hn_time > t->kt_now ?
	    NULL :
	    entry(t, (uint32_t)node->hn_order);
}

/* Raises the event of an armed key, and disarms the key. */
static void
fall(struct key_table *t, struct key_entry *e)
{
	raise_events(t, e, 1, e->ke_armed.hn_time);
	heap_set(&t->kt_armed, &e->ke_armed, UINT64_MAX);
}

/*
 * Ends the time of an expired key.  Returns true if the key is forgotten;
 * otherwise this happens when the events are taken, unless the key comes first.
 */
static bool
expire(struct key_table *t, struct key_entry *e)
{
	delist(t, e);
	if (awaits_silence(t))
		raise_events(t, e, 1, e->ke_last + t->kt_rule.kr_time);
	if (e->ke_due > 0)
		return false;
	forget(t, e);
	return true;
}

void
key_table_look(struct key_table *t, uint64_t now)
{
	struct key_entry *e;
	unsigned int n;

	if (t->kt_now < now)
		t->kt_now = now;
	/* An armed key's event is due before the key expires. */
	for (n = 0; n < KEY_TABLE_WORK; n++) {
		if ((e = fallen(t)) != NULL) {
			fall(t, e);
			continue;
		}
		e = entry(t, t->kt_oldest);
		if (e == NULL || !has_expired(t, e))
			break;
		expire(t, e);
	}
}

uint64_t
key_table_deadline(const struct key_table *t)
{
	const struct heap_node *node = heap_first(&t->kt_armed);
	const struct key_entry *e = entry(t, t->kt_oldest);

	if (node != NULL)
		return node->hn_time;
	if (e == NULL || !awaits_silence(t) ||
	    t->kt_rule.kr_time > UINT64_MAX - e->ke_last)
		return UINT64_MAX;
	return e->ke_last + t->kt_rule.kr_time;
}

/* Returns the events of `every` at a count. */
static uint64_t
count_every(const struct key_table *t, struct key_entry *e, uint64_t count)
{
	uint64_t room = t->kt_rule.kr_count - e->ke_since, events;

	if (count < room) {
		e->ke_since += count;
		return 0;
	}
	count -= room;
	events = 1 + count / t->kt_rule.kr_count;
	e->ke_since = count % t->kt_rule.kr_count;
	return events;
}

/* Counts for a key that is live; `first`: after a silence, or ever. */
static void
count_key(struct key_table *t, struct key_entry *e, bool first, uint64_t count)
{
	uint64_t events = 0;

	if (t->kt_rule.kr_kind == CONDITION_EVERY)
		events = count_every(t, e, count);
	else if (t->kt_rule.kr_kind == CONDITION_RATE)
		events = key_table_marks_rate(t, e, count);
	else if (t->kt_rule.kr_kind == CONDITION_BELOW)
		key_table_marks_below(t, e, count);
	else if (t->kt_rule.kr_kind == CONDITION_AFTER)
		events = first;
	raise_events(t, e, events, t->kt_now);
}

/* Returns the entry of a key, a new one if necessary; NULL: no place. */
static struct key_entry *
take_in(struct key_table *t, const struct key *key)
{
	struct key_entry *e = find(t, key);

	if (e != NULL && e->ke_armed.hn_place != 0 &&
	    e->ke_armed.hn_time <= t->kt_now)
		fall(t, e);
	if (e != NULL && e->ke_live && has_expired(t, e) && expire(t, e))
		e = NULL;
	return e != NULL ? e : add(t, key);
}

bool
key_table_count(struct key_table *t, enum key_found found,
    const struct key *key, uint64_t packets, uint64_t bytes, uint64_t now)
{
	struct key_entry *e;
	bool first;

	key_table_look(t, now);
	t->kt_sums.ks_packets += packets;
	if (found != KEY_FOUND) {
		*(found == KEY_CUT ? &t->kt_sums.ks_cut :
				     &t->kt_sums.ks_keyless) += packets;
		return true;
	}
	if ((e = take_in(t, key)) == NULL) {
		t->kt_sums.ks_refused += packets;
		return false;
	}
	first = !e->ke_live;
	if (first)
		e->ke_since = 0;
	else
		delist(t, e);
	e->ke_last = t->kt_now;
	enlist(t, e);
	e->ke_packets += packets;
	e->ke_bytes += bytes;
	count_key(t, e, first, t->kt_rule.kr_bytes ? bytes : packets);
	return true;
}

bool
key_table_take(struct key_table *t, struct key_event *event)
{
	struct key_entry *e = entry(t, t->kt_first);

	if (e == NULL)
		return false;
	t->kt_first = e->ke_later;
	if (t->kt_first == 0)
		t->kt_last = 0;
	*event = (struct key_event){ .kv_key = e->ke_key,
		.kv_events = e->ke_due,
		.kv_at = e->ke_at,
		.kv_packets = e->ke_packets,
		.kv_bytes = e->ke_bytes };
	e->ke_due = 0;
	if (!e->ke_live)
		forget(t, e);
	return true;
}

const struct key_entry *
key_table_entry(const struct key_table *t, size_t place)
{
	return t->kt_entries[place].ke_used ? &t->kt_entries[place] : NULL;
}
