/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "ipc/order.h"
#include "watcher/keyed.h"
#include "watcher/trigger.h"

struct keyed *
keyed_new(size_t n)
{
	struct keyed *kd = calloc(1, sizeof(*kd));

	if (kd == NULL)
		return NULL;
	kd->kd_n = n;
	kd->kd_triggers = calloc(n, sizeof(*kd->kd_triggers));
	if (kd->kd_triggers == NULL) {
		free(kd);
		return NULL;
	}
	return kd;
}

int
keyed_add(struct keyed *kd, size_t index, const struct conf_trigger *ct,
    const uint64_t seed[2])
{
	struct keyed_trigger *kt = &kd->kd_triggers[index];
	const struct key_table_rule calm = { .kr_kind = CONDITION_CALM,
		.kr_time = ct->ct_time,
		.kr_keys = ct->ct_keys,
		.kr_size = key_size(&ct->ct_by),
		.kr_seed = { seed[0], seed[1] } };

	kt->kt_lanes.lt_by = ct->ct_by;
	kt->kt_lanes.lt_keys = ct->ct_keys;
	kt->kt_lanes.lt_runs = ct->ct_runs;
	policy_init(&kt->kt_lanes.lt_policy, ct->ct_policy, ct->ct_interval,
	    ct->ct_timeout, ct->ct_retry);
	return ct->ct_kind == CONDITION_CALM ?
	    key_table_begin(&kt->kt_calm, &calm) :
	    0;
}

int
keyed_begin(struct keyed *kd, const uint64_t seed[2])
{
	struct lanes_trigger *list = calloc(kd->kd_n, sizeof(*list));
	size_t i;

	if (list == NULL)
		return -1;
	for (i = 0; i < kd->kd_n; i++)
		list[i] = kd->kd_triggers[i].kt_lanes;
	kd->kd_lanes = lanes_new(list, kd->kd_n, seed);
	free(list);
	return kd->kd_lanes == NULL ? -1 : 0;
}

void
keyed_free(struct keyed *kd)
{
	size_t i;

	if (kd == NULL)
		return;
	lanes_free(kd->kd_lanes);
	for (i = 0; i < kd->kd_n; i++)
		key_table_end(&kd->kd_triggers[i].kt_calm);
	free(kd->kd_triggers);
	free(kd);
}

static bool
is_calm(const struct keyed_trigger *kt)
{
	return kt->kt_calm.kt_rule.kr_keys != 0;
}

/*
 * Counts events of the trigger in front for calm.  Of several events only the
 * time of the first is known: the last came up to now.  The packets of the key
 * become those of the event's key.
 */
static void
count_calm(struct keyed_trigger *kt, const struct key_event *ev, uint64_t now)
{
	const struct key_entry *ke = key_table_find(&kt->kt_calm, &ev->kv_key);
	uint64_t packets = ev->kv_packets, bytes = ev->kv_bytes;

	if (ke != NULL) {
		packets -= ke->ke_packets;
		bytes -= ke->ke_bytes;
	}
	if (!key_table_count(&kt->kt_calm, KEY_FOUND, &ev->kv_key, packets,
		bytes, ev->kv_at))
		kt->kt_refused += ev->kv_events;
	else if (ev->kv_events > 1)
		key_table_count(
		    &kt->kt_calm, KEY_FOUND, &ev->kv_key, 0, 0, now);
}

bool
keyed_calm(struct keyed *kd, size_t index, uint64_t now, struct key_event *ev)
{
	struct key_table *t = &kd->kd_triggers[index].kt_calm;

	if (key_table_take(t, ev))
		return true;
	key_table_look(t, now);
	return key_table_take(t, ev);
}

int
keyed_event(struct keyed *kd, size_t index, struct trigger *t,
    const struct key_event *ev, uint64_t now, struct order *o)
{
	struct lanes_run end;
	int result;
	size_t i;

	t->t_events += ev->kv_events;
	t->t_last = ev->kv_events == 1 ? ev->kv_at : now;
	result = lanes_events(kd->kd_lanes, index, ev, now, &end);
	if (result == 1)
		trigger_end(t, end.lr_run, o);
	if (is_calm(&kd->kd_triggers[index]))
		return result;
	for (i = index + 1; i < kd->kd_n && is_calm(&kd->kd_triggers[i]); i++) {
		count_calm(&kd->kd_triggers[i], ev, now);
		/* The calm that was announced is over. */
		lanes_over(kd->kd_lanes, i, &ev->kv_key, now);
	}
	return result;
}

void
keyed_report(struct keyed *kd, size_t index, const struct order *o)
{
	if (o->o_run >= LANES_RUNS)
		return;
	kd->kd_triggers[index].kt_reports[o->o_run] = o->o_type;
	kd->kd_reports++;
}

void
keyed_reports(struct keyed *kd, uint64_t now)
{
	uint32_t *report;
	size_t i;
	uint32_t k;

	if (kd->kd_reports == 0)
		return;
	kd->kd_reports = 0;
	for (i = 0; i < kd->kd_n; i++)
		for (k = 0; k < LANES_RUNS; k++) {
			report = &kd->kd_triggers[i].kt_reports[k];
			if (*report != 0)
				lanes_report(kd->kd_lanes,
				    &(struct lanes_run){ i, k },
				    trigger_outcome(*report), now);
			*report = 0;
		}
}

uint64_t
keyed_calm_deadline(const struct keyed *kd)
{
	const struct keyed_trigger *kt;
	uint64_t when, first = UINT64_MAX;

	for (kt = kd->kd_triggers; kt < kd->kd_triggers + kd->kd_n; kt++) {
		if (!is_calm(kt))
			continue;
		/* An event that was found and not taken is due. */
		when = kt->kt_calm.kt_first != 0 ?
		    0 :
		    key_table_deadline(&kt->kt_calm);
		first = when < first ? when : first;
	}
	return first;
}
