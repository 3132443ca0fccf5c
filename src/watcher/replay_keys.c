/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "engine/key_extract.h"
#include "engine/key_link.h"
#include "engine/key_table.h"
#include "engine/lanes.h"
#include "ipc/order.h"
#include "watcher/keyed.h"
#include "watcher/replay_internal.h"
#include "watcher/trigger.h"

/* Makes the table of a trigger.  Returns 0, or -1 and errno. */
static int
begin_table(
    struct key_table *t, const struct conf_trigger *ct, const uint64_t seed[2])
{
	const struct key_table_rule rule = { .kr_kind = conf_table_kind(ct),
		.kr_count = ct->ct_count,
		.kr_time = ct->ct_time,
		.kr_bytes = ct->ct_bytes,
		.kr_keys = ct->ct_keys,
		.kr_size = key_size(&ct->ct_by),
		.kr_seed = { seed[0], seed[1] } };

	return key_table_begin(t, &rule);
}

int
replay_keys_begin(struct replay_rule *rr, const uint64_t seed[2])
{
	struct conf_trigger ct;
	size_t i;

	if (conf_rule_tables(rr->rr_rule) == 0)
		return 0;
	rr->rr_keyed = keyed_new(rr->rr_ntriggers);
	rr->rr_tables = calloc(rr->rr_ntriggers, sizeof(*rr->rr_tables));
	if (rr->rr_keyed == NULL || rr->rr_tables == NULL)
		return -1;
	for (i = 0; i < rr->rr_ntriggers; i++) {
		ct = rr->rr_rule->cr_triggers[i];
		/* Runs end while the time stands still. */
		ct.ct_timeout = 0;
		if (ct.ct_by.ks_n > 0)
			keyed_add(rr->rr_keyed, i, &ct);
		if (conf_has_table(&ct) &&
		    begin_table(&rr->rr_tables[i], &ct, seed) == -1)
			return -1;
	}
	return keyed_begin(rr->rr_keyed, seed);
}

void
replay_keys_count(struct replay *rp, struct replay_rule *rr,
    const struct savefile_packet *packet)
{
	const struct key_packet kp = { .pk_link =
					   key_link(rp->rp_file.sf_linktype),
		.pk_bytes = packet->sp_data,
		.pk_captured = packet->sp_captured,
		.pk_length = packet->sp_bytes };
	const struct conf_trigger *ct = rr->rr_rule->cr_triggers;
	enum key_found found;
	struct key key;
	size_t i;

	for (i = 0; i < rr->rr_ntriggers; i++) {
		if (!conf_has_table(&ct[i]))
			continue;
		found = key_extract(&ct[i].ct_by, &kp, &key);
		key_table_count(&rr->rr_tables[i], found, &key, 1,
		    packet->sp_bytes, rp->rp_now);
	}
}

/* Returns the time, at most that of the end of the file. */
static uint64_t
time_of(const struct replay *rp)
{
	return rp->rp_end < rp->rp_now ? rp->rp_end : rp->rp_now;
}

/* Returns true if a trigger has events to take. */
static bool
has_events(const struct replay *rp, struct key_table *t)
{
	if (t->kt_first == 0)
		key_table_look(t, time_of(rp));
	return t->kt_first != 0;
}

void
replay_keys_take(struct replay *rp, struct replay_rule *rr, struct trigger *t)
{
	struct lanes *la = rr->rr_keyed->kd_lanes;
	const size_t i = (size_t)(t - rr->rr_triggers);
	struct key_table *table = &rr->rr_tables[i];
	struct lanes_run end;
	struct key_event ev;

	if (!conf_has_table(&rr->rr_rule->cr_triggers[i]))
		return;
	while (has_events(rp, table)) {
		rr->rr_left |= !lanes_room(la);
		if (!lanes_room(la) || !key_table_take(table, &ev))
			return;
		trigger_took(t, &ev, rp->rp_now);
		/* No run of a key is in progress, so none is ended. */
		if (lanes_events(la, i, &ev, rp->rp_now, &end) == -1) {
			(void)replay_run_fatal(rp, PLACE_READ, errno);
			return;
		}
	}
}

void
replay_keys_tell(struct replay *rp, struct replay_rule *rr)
{
	struct lanes *la = rr->rr_keyed->kd_lanes;
	struct lanes_run end;
	size_t i;

	while (!rr->rr_left && lanes_calm_deadline(la) <= time_of(rp))
		(void)lanes_calm(la, time_of(rp), &end);
	for (i = 0; i < rr->rr_ntriggers; i++)
		if (rr->rr_triggers[i].t_keyed &&
		    !conf_has_table(&rr->rr_rule->cr_triggers[i]))
			trigger_calm(&rr->rr_triggers[i], lanes_calms(la, i));
	while (lanes_deadline(la) <= rp->rp_now)
		(void)lanes_late(la, rp->rp_now, &end);
}

uint64_t
replay_keys_deadline(const struct replay_rule *rr)
{
	const struct lanes *la = rr->rr_keyed->kd_lanes;
	const bool room = lanes_room(la);
	uint64_t when, first = UINT64_MAX;
	size_t i;

	/* Without room, events that are left may put a calm off. */
	if (!rr->rr_left || room)
		first = lanes_calm_deadline(la);
	for (i = 0; room && i < rr->rr_ntriggers; i++) {
		if (!conf_has_table(&rr->rr_rule->cr_triggers[i]))
			continue;
		when = key_table_deadline(&rr->rr_tables[i]);
		first = when < first ? when : first;
	}
	return first;
}

/* Sends ORDER_FULL if a table has refused packets, or calm events. */
static void
tell_refused(struct replay *rp, const struct replay_rule *rr, size_t i)
{
	const struct trigger *t = &rr->rr_triggers[i];
	struct order o;

	memset(&o, 0, sizeof(o));
	o.o_type = ORDER_FULL;
	o.o_trigger = t->t_number;
	o.o_full.ou_refused = conf_has_table(&rr->rr_rule->cr_triggers[i]) ?
	    rr->rr_tables[i].kt_sums.ks_refused :
	    lanes_calms(rr->rr_keyed->kd_lanes, i)->lc_refused;
	if (o.o_full.ou_refused != 0)
		replay_run_send(rp, &o);
}

void
replay_keys_end(struct replay *rp)
{
	const struct replay_rule *rr = rp->rp_rules;
	const struct replay_rule *end = rr + rp->rp_conf->c_rules->cs_nrules;
	size_t i;

	for (; rr < end; rr++)
		for (i = 0; rr->rr_keyed != NULL && i < rr->rr_ntriggers; i++)
			if (rr->rr_triggers[i].t_keyed)
				tell_refused(rp, rr, i);
}
