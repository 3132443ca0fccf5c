/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Conditions as text, in the words of the rules file. */
#ifndef WHEN_H
#define WHEN_H

#include <stddef.h>

#include "engine/condition.h"
#include "engine/key_text.h"

struct conf_trigger;

/* Buffer size for when_text. */
#define WHEN_TEXT (64 + KEY_TEXT_SPEC)

/* Returns the first word of the condition, such as "every". */
const char *when_event(enum condition_kind);

/*
 * Writes such as "every 64K bytes", "rate 500 packets / 10s by source", "idle
 * 15m".
 */
const char *when_text(const struct conf_trigger *, char *buf, size_t len);

#endif
