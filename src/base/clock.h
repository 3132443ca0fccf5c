/*
 * The one clock of the daemon: nanoseconds, monotonic, not counting sleep of
 * the machine.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER UINT64_MAX
#define CLOCK_MS    UINT64_C(1000000)
#define CLOCK_S	    UINT64_C(1000000000)

/* Now; CLOCK_NEVER and errno on failure. */
uint64_t clock_now(void);

/*
 * Milliseconds from now until `when`, for poll(2): rounded up, so that a
 * deadline is never met early; -1 for CLOCK_NEVER, at most an hour.
 */
int clock_wait(uint64_t now, uint64_t when);

#endif
