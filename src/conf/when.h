/* What a trigger waits for, in the words of the rules file. */
#ifndef WHEN_H
#define WHEN_H

#include <stddef.h>
#include <stdint.h>

#include "engine/condition.h"

struct conf_trigger;

/* Room for when_text, and for when_time. */
#define WHEN_TEXT   64
#define WHEN_NUMBER 24

/* "every", "rate" or "idle". */
const char *when_event(enum condition_kind);

/* "500ms", "15m": in the largest unit of which it is a whole number. */
const char *when_time(uint64_t ns, char buf[WHEN_NUMBER]);

/* "every 64K bytes", "rate 500 packets / 10s", "idle 15m"; returns buf. */
const char *when_text(const struct conf_trigger *, char *buf, size_t len);

#endif
