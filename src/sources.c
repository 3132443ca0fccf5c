#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "priv.h"
#include "source.h"
#include "sources.h"

static bool
same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static bool
wants_bytes(const struct conf_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->cr_ntriggers; i++)
		if (rule->cr_triggers[i].ct_bytes)
			return true;
	return false;
}

static bool
wants_time(const struct conf_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->cr_ntriggers; i++)
		if (rule->cr_triggers[i].ct_kind == RULE_IDLE)
			return true;
	return false;
}

/* Whether one source can count for both. */
static bool
same_source(const struct conf_rule *a, const struct conf_rule *b)
{
	return strcmp(a->cr_interface, b->cr_interface) == 0 &&
	    a->cr_direction == b->cr_direction &&
	    same_text(a->cr_filter, b->cr_filter) &&
	    wants_bytes(a) == wants_bytes(b) && wants_time(a) == wants_time(b);
}

/* The first rule whose source can count for this one; its own number. */
static size_t
first_same(const struct conf_rules *rules, size_t number)
{
	const struct conf_rule *rule = rules->cs_rules;
	size_t i = 0;

	while (i < number && !same_source(&rule[i], &rule[number]))
		i++;
	return i;
}

size_t
sources_descriptors(const struct conf_rules *rules)
{
	size_t i, n = 0;

	for (i = 0; i < rules->cs_nrules; i++)
		if (first_same(rules, i) == i)
			n += source_descriptors;
	return n;
}

static struct source *
open_one(const struct conf_rule *rule, bool wait, const struct priv *priv,
    struct source_shared *shared)
{
	char error[SOURCE_TEXT];
	struct source *source;
	const struct source_conf wanted = { .sc_name = rule->cr_interface,
		.sc_filter = rule->cr_filter,
		.sc_direction = rule->cr_direction,
		.sc_wait = wait,
		.sc_bytes = wants_bytes(rule),
		.sc_time = wants_time(rule),
		.sc_priv = priv,
		.sc_shared = shared };

	source = source_open(&wanted, error, sizeof(error));
	if (source == NULL) {
		priv_caller();
		errx(1, "%s", error);
	}
	return source;
}

/* How it counts, and what is not exact about that, once. */
static void
settle(struct sources *so, size_t rule, const char *interface)
{
	struct source *source = so->so_list[so->so_of[rule]];

	if ((so->so_how[rule] = strdup(source->s_how)) == NULL)
		err(1, "sources");
	if (source->s_caveat[0] != '\0')
		warnx("%s: %s", interface, source->s_caveat);
	source->s_caveat[0] = '\0';
}

void
sources_open(struct sources *so, const struct conf_rules *rules, bool wait,
    const struct priv *priv)
{
	const struct conf_rule *rule = rules->cs_rules;
	size_t i, j;

	so->so_n = 0;
	so->so_shared = (struct source_shared){ -1, -1 };
	so->so_list = calloc(rules->cs_nrules, sizeof(struct source *));
	so->so_of = calloc(rules->cs_nrules, sizeof(*so->so_of));
	so->so_how = calloc(rules->cs_nrules + 1, sizeof(*so->so_how));
	if (so->so_list == NULL || so->so_of == NULL || so->so_how == NULL)
		err(1, "sources");
	priv_raise();
	for (i = 0; i < rules->cs_nrules; i++) {
		if ((j = first_same(rules, i)) < i) {
			so->so_of[i] = so->so_of[j];
			continue;
		}
		so->so_of[i] = so->so_n;
		so->so_list[so->so_n++] =
		    open_one(&rule[i], wait, priv, &so->so_shared);
	}
	if (source_shared_start(&so->so_shared) == -1)
		err(1, "opener");
	priv_caller();
	for (i = 0; i < rules->cs_nrules; i++)
		settle(so, i, rule[i].cr_interface);
}

struct priv_fds *
sources_fds(const struct sources *so)
{
	struct priv_fds *fds;
	size_t i;

	if ((fds = calloc(so->so_n, sizeof(*fds))) == NULL)
		err(1, "sources");
	for (i = 0; i < so->so_n; i++) {
		fds[i].pf_count =
		    source_sockets(so->so_list[i], fds[i].pf_sources);
		fds[i].pf_look = so->so_list[i]->s_look_fd;
		fds[i].pf_ask = so->so_shared.ss_opener;
		fds[i].pf_savefile = -1;
	}
	return fds;
}

void
sources_close(struct sources *so)
{
	size_t i;

	for (i = 0; i < so->so_n; i++)
		source_close(so->so_list[i]);
	source_shared_close(&so->so_shared);
	free(so->so_list);
	free(so->so_of);
	so->so_list = NULL;
	so->so_of = NULL;
	so->so_n = 0;
}

void
sources_forget(struct sources *so)
{
	char **how;

	for (how = so->so_how; how != NULL && *how != NULL; how++)
		free(*how);
	free(so->so_how);
	so->so_how = NULL;
}
