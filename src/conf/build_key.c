/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <stddef.h>
#include <stdint.h>

#include "conf/build.h"
#include "conf/build_key.h"
#include "conf/value.h"
#include "conf/when.h"
#include "engine/key_table.h"
#include "engine/key_text.h"

bool
build_key_takes(const struct build *b)
{
	return b->b_trigger.ct_kind != CONDITION_WHILE;
}

void
build_key_by(struct build *b, const struct token *word)
{
	b->b_by = *word;
	if (!build_key_takes(b))
		conf_error_add(b->b_errors, &word->t_pos,
		    "by: cannot be used with %s",
		    when_event(b->b_trigger.ct_kind));
}

void
build_key_part(struct build *b, const struct token *t)
{
	struct key_spec *ks = &b->b_trigger.ct_by;
	const char *why = key_text_add(ks, t->t_text);

	if (why == NULL && build_log_group(b))
		why = conf_log_group_lacks(ks->ks_parts[ks->ks_n - 1].kp_kind);
	if (why != NULL)
		build_problem(b, t, why);
}

void
build_key_keys(struct build *b, const struct token *t)
{
	if (b->b_trigger.ct_kind == CONDITION_CALM)
		conf_error_add(b->b_errors, &t->t_pos,
		    "keys: cannot be used with calm, which has the keys of "
		    "the trigger in front");
	build_check(b, t, value_keys(t->t_text, &b->b_trigger.ct_keys));
}

/* Gives a calm trigger the key of the trigger in front. */
static void
end_calm(struct build *b)
{
	struct conf_trigger *ct = &b->b_trigger;
	const struct conf_trigger *front = b->b_when.bl_items;
	char text[KEY_TEXT_SPEC] = "which has none";

	/* As in build_calm(). */
	if (b->b_errors->ps_count != b->b_before)
		return;
	front += conf_calm_front(front, b->b_when.bl_count);
	if (b->b_by.t_text != NULL &&
	    !conf_same_key(&ct->ct_by, &front->ct_by)) {
		if (front->ct_by.ks_n != 0)
			key_text_spec(&front->ct_by, text, sizeof(text));
		conf_error_add(b->b_errors, &b->b_by.t_pos,
		    "by: calm has the key of the trigger in front, %s", text);
	}
	ct->ct_by = front->ct_by;
	ct->ct_keys = front->ct_keys;
}

void
build_key_end(struct build *b)
{
	struct conf_trigger *ct = &b->b_trigger;
	size_t before = b->b_errors->ps_count;
	const char *why;

	if (ct->ct_kind == CONDITION_CALM)
		end_calm(b);
	else if (ct->ct_by.ks_n != 0 && ct->ct_keys == 0)
		ct->ct_keys = KEY_TABLE_KEYS;
	if (b->b_runs.t_text != NULL && ct->ct_by.ks_n == 0 &&
	    b->b_by.t_text == NULL && b->b_errors->ps_count == before &&
	    (ct->ct_kind != CONDITION_CALM || before == b->b_before))
		conf_error_add(b->b_errors, &b->b_runs.t_pos, "runs: needs by");
	if ((why = conf_key_count(ct)) != NULL)
		build_problem(b, &b->b_count, why);
}
