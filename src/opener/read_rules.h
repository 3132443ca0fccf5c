/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Reads the rules file again.  A child does so, since the file system may hang,
 * and hands the rules over in canonical form.
 */
#ifndef READ_RULES_H
#define READ_RULES_H

#include <stdbool.h>

#include "base/worker.h"

struct conf;
struct conf_rules;

/* Starts the child.  Returns WORKER_WORKS, or WORKER_FAILED and errno. */
enum worker_state read_rules_start(struct worker *, const struct conf *);

/*
 * Takes what it has written, in a state other than WORKER_WORKS.  Returns the
 * rules, for conf_free; or NULL, having logged why there are none.
 */
struct conf_rules *read_rules_end(
    struct worker *, enum worker_state, const char *file);

/*
 * Returns true if new rules can follow the old ones without a new start, which
 * another user or control socket takes.  Logs why not.
 */
bool read_rules_fit(const struct conf *, const struct conf_rules *was,
    const struct conf_rules *is);

#endif
