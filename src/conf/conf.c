/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"

/* ct_count of a trigger with a key, at most: tables have 48 bits for a count.
 */
#define KEY_COUNT_MAX (UINT64_C(1) << 47)

struct conf_block {
	struct conf_block *cb_next;
	_Alignas(max_align_t) char cb_data[];
};

size_t
conf_triggers(const struct conf_rules *rules)
{
	size_t i, n = 0;

	for (i = 0; i < rules->cs_nrules; i++)
		n += rules->cs_rules[i].cr_ntriggers;
	return n;
}

size_t
conf_jobs(const struct conf_rules *rules, size_t *first)
{
	const struct conf_rule *cr = rules->cs_rules;
	const struct conf_rule *end = cr + rules->cs_nrules;
	size_t i, n = 0;

	for (; cr < end; cr++) {
		for (i = 0; i < cr->cr_ntriggers; i++) {
			if (first != NULL)
				*first++ = n;
			n += cr->cr_triggers[i].ct_runs;
		}
	}
	return n;
}

size_t
conf_calm_front(const struct conf_trigger *ct, size_t i)
{
	size_t front = i;

	while (front > 0 && ct[front - 1].ct_kind == CONDITION_CALM)
		front--;
	return front > 0 ? front - 1 : i;
}

void *
conf_alloc(struct conf_rules *rules, size_t size)
{
	struct conf_block *cb;

	if ((cb = calloc(1, offsetof(struct conf_block, cb_data) + size)) ==
	    NULL)
		return NULL;
	cb->cb_next = rules->cs_memory;
	rules->cs_memory = cb;
	return cb->cb_data;
}

void
conf_free(struct conf_rules *rules)
{
	struct conf_block *cb;

	if (rules == NULL)
		return;
	while ((cb = rules->cs_memory) != NULL) {
		rules->cs_memory = cb->cb_next;
		free(cb);
	}
	free(rules);
}

void
conf_hold(struct conf_rules *rules)
{
	rules->cs_holders++;
}

void
conf_release(struct conf_rules *rules)
{
	if (--rules->cs_holders == 0)
		conf_free(rules);
}

bool
conf_log_group(const char *interface)
{
	return strncmp(interface, "nflog:", strlen("nflog:")) == 0;
}

const char *
conf_log_group_lacks(enum key_kind kind)
{
	return kind == KEY_MAC || kind == KEY_DESTINATION_MAC ||
		kind == KEY_VLAN ?
	    "packets of a log group have no MAC address and no VLAN" :
	    NULL;
}

const char *
conf_key_count(const struct conf_trigger *ct)
{
	return ct->ct_by.ks_n != 0 && ct->ct_count > KEY_COUNT_MAX ?
	    "more than 140737488355328 (128T), too large with a key" :
	    NULL;
}

const char *
conf_rule_name(const struct conf_rule *cr)
{
	return cr->cr_name != NULL ? cr->cr_name : cr->cr_interface;
}

bool
conf_rule_bytes(const struct conf_rule *cr)
{
	size_t i;

	for (i = 0; i < cr->cr_ntriggers; i++)
		if (cr->cr_triggers[i].ct_bytes)
			return true;
	return false;
}

bool
conf_has_table(const struct conf_trigger *ct)
{
	return ct->ct_by.ks_n > 0 && ct->ct_kind != CONDITION_CALM;
}

enum condition_kind
conf_table_kind(const struct conf_trigger *ct)
{
	return ct->ct_kind == CONDITION_BELOW && ct->ct_count == 1 ?
	    CONDITION_IDLE :
	    ct->ct_kind;
}

size_t
conf_rule_tables(const struct conf_rule *rule)
{
	size_t i, n = 0;

	for (i = 0; i < rule->cr_ntriggers; i++)
		n += conf_has_table(&rule->cr_triggers[i]);
	return n;
}

bool
conf_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
conf_same_key(const struct key_spec *a, const struct key_spec *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool
conf_same_socket(const struct conf_socket *a, const struct conf_socket *b)
{
	return conf_same_text(a->cx_path, b->cx_path) &&
	    conf_same_text(a->cx_group, b->cx_group) &&
	    a->cx_mode == b->cx_mode;
}

static bool
same_command(char *const *a, char *const *b)
{
	size_t i;

	if (a == NULL || b == NULL)
		return a == b;
	for (i = 0; a[i] != NULL && b[i] != NULL; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return a[i] == b[i];
}

static bool
same_trigger(const struct conf_trigger *a, const struct conf_trigger *b)
{
	return a->ct_kind == b->ct_kind && a->ct_bytes == b->ct_bytes &&
	    a->ct_count == b->ct_count && a->ct_time == b->ct_time &&
	    a->ct_policy == b->ct_policy && a->ct_interval == b->ct_interval &&
	    a->ct_timeout == b->ct_timeout && a->ct_retry == b->ct_retry &&
	    a->ct_signal == b->ct_signal &&
	    conf_same_key(&a->ct_by, &b->ct_by) && a->ct_keys == b->ct_keys &&
	    a->ct_runs == b->ct_runs && same_command(a->ct_argv, b->ct_argv);
}

static bool
same_interfaces(const struct conf_rule *a, const struct conf_rule *b)
{
	size_t i;

	if (!conf_same_text(a->cr_interface, b->cr_interface) ||
	    a->cr_ninterfaces != b->cr_ninterfaces)
		return false;
	for (i = 0; i < a->cr_ninterfaces; i++)
		if (strcmp(a->cr_interfaces[i], b->cr_interfaces[i]) != 0)
			return false;
	return true;
}

bool
conf_same_filter(const struct conf_rule *a, const struct conf_rule *b)
{
	return conf_same_text(a->cr_filter, b->cr_filter) &&
	    a->cr_direction == b->cr_direction;
}

bool
conf_same_rule(const struct conf_rule *a, const struct conf_rule *b)
{
	size_t i;

	if (!conf_same_text(a->cr_name, b->cr_name) || !same_interfaces(a, b) ||
	    !conf_same_filter(a, b) || a->cr_ntriggers != b->cr_ntriggers)
		return false;
	for (i = 0; i < a->cr_ntriggers; i++)
		if (!same_trigger(&a->cr_triggers[i], &b->cr_triggers[i]))
			return false;
	return true;
}

struct parse_mode
conf_parse_mode(const struct conf *c)
{
	return (struct parse_mode){ .pm_trusted = getuid() == 0,
		.pm_commandless = c->c_print != CONF_PRINT_NONE ||
		    (c->c_dry && c->c_savefile != NULL) };
}
