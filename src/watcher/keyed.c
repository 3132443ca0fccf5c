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

void
keyed_add(struct keyed *kd, size_t index, const struct conf_trigger *ct)
{
	struct lanes_trigger *lt = &kd->kd_triggers[index].kt_lanes;

	lt->lt_by = ct->ct_by;
	lt->lt_keys = ct->ct_keys;
	lt->lt_runs = ct->ct_runs;
	lt->lt_calm = ct->ct_kind == CONDITION_CALM ? ct->ct_time : 0;
	policy_init(&lt->lt_policy, ct->ct_policy, ct->ct_interval,
	    ct->ct_timeout, ct->ct_retry);
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
	if (kd == NULL)
		return;
	lanes_free(kd->kd_lanes);
	free(kd->kd_triggers);
	free(kd);
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
