/* What a trigger waits for, in the words of the rules file. */
#ifndef WHEN_H
#define WHEN_H

#include <stddef.h>

#include "rule.h"

struct conf_trigger;

/* Room for when_text. */
#define WHEN_TEXT 64

/* "every", "rate" or "idle". */
const char *when_event(enum rule_kind);

/* "every 64K bytes", "rate 500 packets / 10s", "idle 15m"; returns buf. */
const char *when_text(const struct conf_trigger *, char *buf, size_t len);

#endif
