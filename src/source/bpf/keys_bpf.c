/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/key_extract.h"
#include "engine/key_link.h"
#include "engine/key_table.h"
#include "ipc/source_message.h"
#include "source/bpf/keys_bpf.h"
#include "source/source.h"
#include "source/source_keys.h"
#include "source/source_keys_message.h"
#include "source/source_kind.h"

/* Calls of key_table_look() in a turn. */
#define LOOKS 16

/* Shortest time from a look to the next one for a silence, ns. */
#define REST (2 * CLOCK_MS)

/* The same, as a part of the silence. */
#define PART 32

struct keys_bpf {
	struct source kb_source; /* first member: casts to struct keys_bpf */
	struct source_keys kb_keys;
	struct key_table kb_table;
	uint64_t kb_reached; /* all packets up to this time are counted, ns */
	uint64_t kb_looked;  /* time of the last look, ns */
	bool kb_awaited;     /* the watcher waits for events */
};

static struct keys_bpf *
get(struct source *s)
{
	return (struct keys_bpf *)s;
}

static int
keys_sample(struct source *s, uint64_t now, struct source_count *count)
{
	struct key_table *t = &get(s)->kb_table;
	const uint64_t reached = get(s)->kb_reached;
	int i;

	for (i = 0; i == 0 || (i < LOOKS && key_table_deadline(t) <= reached);
	     i++)
		key_table_look(t, reached);
	get(s)->kb_looked = now;
	memset(count, 0, sizeof(*count));
	count->sc_packets = t->kt_events;
	count->sc_last = CLOCK_NEVER;
	return 0;
}

/* Returns the time of the next look for a silence. */
static uint64_t
next_look(const struct keys_bpf *kb, uint64_t now)
{
	const uint64_t deadline = key_table_deadline(&kb->kb_table);
	const uint64_t part = kb->kb_keys.sk_time / PART;
	const uint64_t rested = kb->kb_looked + (part > REST ? part : REST);

	/* More keys are silent than a turn ends. */
	if (deadline <= kb->kb_reached)
		return now;
	return deadline > rested ? deadline : rested;
}

/* Packets wake by the sources that count them. */
static bool
keys_wake_at(struct source *s, const struct source_count *wanted, uint64_t now)
{
	struct keys_bpf *kb = get(s);

	kb->kb_awaited = wanted->sc_packets != UINT64_MAX;
	s->s_at = key_table_deadline(&kb->kb_table) == UINT64_MAX ?
	    CLOCK_NEVER :
	    next_look(kb, now);
	return kb->kb_table.kt_events >= wanted->sc_packets;
}

static size_t
keys_sockets(const struct source *s, int *socks)
{
	(void)s;
	(void)socks;
	return 0;
}

static size_t
keys_send(const struct source *s, struct source_message *sm, int *fds)
{
	(void)fds;
	strlcpy(sm->sm_name, SOURCE_KEYS_NAME, sizeof(sm->sm_name));
	source_keys_message_put(&((const struct keys_bpf *)s)->kb_keys, sm);
	return 0;
}

/* The watcher has a table of its own. */
static void
keys_lend(struct source *s)
{
	key_table_end(&get(s)->kb_table);
}

static void
keys_close(struct source *s)
{
	key_table_end(&get(s)->kb_table);
	free(s);
}

static bool
keys_event(struct source *s, uint64_t now, struct key_event *event)
{
	(void)now;
	return key_table_take(&get(s)->kb_table, event);
}

static size_t
keys_sums(const struct source *s, struct key_table_sums *sums)
{
	const struct key_table *t = &((const struct keys_bpf *)s)->kb_table;

	*sums = t->kt_sums;
	return t->kt_keys;
}

static bool
keys_entry(const struct source *s, size_t place, struct key_entry *entry)
{
	const struct key_entry *e =
	    key_table_entry(&((const struct keys_bpf *)s)->kb_table, place);

	if (e != NULL)
		*entry = *e;
	return e != NULL;
}

static const struct source_ops keys_ops = {
	.so_sample = keys_sample,
	.so_wake_at = keys_wake_at,
	.so_sockets = keys_sockets,
	.so_lend = keys_lend,
	.so_send = keys_send,
	.so_close = keys_close,
	.so_key_event = keys_event,
	.so_key_sums = keys_sums,
	.so_key_entry = keys_entry,
};

/* Returns a source with an empty table, or NULL and errno. */
static struct source *
make(const struct source_keys *sk)
{
	struct key_table_rule rule = { .kr_kind = sk->sk_kind,
		.kr_count = sk->sk_count,
		.kr_time = sk->sk_time,
		.kr_bytes = sk->sk_bytes != 0,
		.kr_keys = sk->sk_keys,
		.kr_size = key_size(&sk->sk_spec) };
	struct keys_bpf *kb;

	if ((kb = calloc(1, sizeof(*kb))) == NULL)
		return NULL;
	arc4random_buf(rule.kr_seed, sizeof(rule.kr_seed));
	if (key_table_begin(&kb->kb_table, &rule) == -1) {
		free(kb);
		return NULL;
	}
	kb->kb_keys = *sk;
	kb->kb_source.s_ops = &keys_ops;
	kb->kb_source.s_fd = -1;
	kb->kb_source.s_at = CLOCK_NEVER;
	kb->kb_source.s_look_fd = -1;
	return &kb->kb_source;
}

struct source *
keys_bpf_open(const struct source_keys *sk, char *err, size_t errlen)
{
	struct source *s = make(sk);

	if (s == NULL)
		snprintf(err, errlen,
		    "table of %u keys: not enough memory; lower keys",
		    (unsigned int)sk->sk_keys);
	return s;
}

struct source *
keys_bpf_receive(const struct source_message *sm, const int *fds, size_t n,
    const struct source_shared *ss)
{
	struct source_keys sk;

	(void)fds;
	(void)ss;
	if (n == 0 && source_keys_message_get(&sk, sm))
		return make(&sk);
	errno = EBADMSG;
	return NULL;
}

size_t
keys_bpf_reach(struct source *const *keys, size_t n, int link)
{
	size_t i, reach, most = 1;

	for (i = 0; i < n; i++) {
		reach = key_extract_reach(
		    &get(keys[i])->kb_keys.sk_spec, key_link(link));
		if (reach > most)
			most = reach;
	}
	return most;
}

bool
keys_bpf_awaits(struct source *const *keys, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!key_table_silent(get(keys[i])->kb_keys.sk_kind) &&
		    get(keys[i])->kb_awaited)
			return true;
	return false;
}

void
keys_bpf_count(struct source *const *keys, size_t n, const struct key_packet *p,
    uint64_t when)
{
	enum key_found found;
	struct keys_bpf *kb;
	struct key key;
	size_t i;

	for (i = 0; i < n; i++) {
		kb = get(keys[i]);
		found = key_extract(&kb->kb_keys.sk_spec, p, &key);
		key_table_count(
		    &kb->kb_table, found, &key, 1, p->pk_length, when);
	}
}

void
keys_bpf_miss(struct source *const *keys, size_t n, uint64_t packets)
{
	size_t i;

	/* At the time of the last call: other packets may be unread. */
	for (i = 0; packets > 0 && i < n; i++)
		key_table_count(
		    &get(keys[i])->kb_table, KEY_CUT, NULL, packets, 0, 0);
}

void
keys_bpf_reached(struct source *const *keys, size_t n, uint64_t when)
{
	size_t i;

	for (i = 0; i < n; i++)
		get(keys[i])->kb_reached = when;
}
