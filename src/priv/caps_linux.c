/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/prctl.h>

#include <linux/capability.h>

#include <cap-ng.h>
#include <err.h>
#include <stdbool.h>
#include <stdint.h>

#include "priv/caps_linux.h"
#include "priv/priv_user.h"

/* Bits in a set of capabilities. */
#define CAPABILITIES 64

/* Returns the capabilities of one set of this process, one bit for each. */
static uint64_t
held(capng_type_t set)
{
	uint64_t mask = 0;
	unsigned int i;

	/* A failed call does not mean an empty set. */
	if (capng_get_caps_process() == -1)
		err(1, "capabilities");
	for (i = 0; i < CAPABILITIES; i++)
		if (capng_have_capability(set, i) != 0)
			mask |= UINT64_C(1) << i;
	return mask;
}

bool
caps_may(unsigned int capability)
{
	return (held(CAPNG_EFFECTIVE) >> capability & 1) != 0;
}

/* Adds the capabilities of the mask to one set of this process. */
static void
add(capng_type_t set, uint64_t mask)
{
	unsigned int i;

	for (i = 0; i < CAPABILITIES; i++)
		if ((mask >> i & 1) != 0 &&
		    capng_update(CAPNG_ADD, set, i) == -1)
			err(1, "capability %u", i);
}

/* Sets the capabilities of the process and clears all others. */
static void
set_capabilities(uint64_t effective, uint64_t permitted)
{
	capng_clear(CAPNG_SELECT_CAPS);
	capng_clear(CAPNG_SELECT_AMBIENT);
	add(CAPNG_EFFECTIVE, effective);
	add(CAPNG_PERMITTED, permitted);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 ||
	    capng_apply(CAPNG_SELECT_AMBIENT) != 0)
		err(1, "capabilities");
	priv_user_check();
}

void
caps_drop(const int *kept)
{
	uint64_t mask = 0;
	int i;

	for (i = 0; kept[i] != -1; i++)
		mask |= UINT64_C(1) << kept[i];
	mask &= held(CAPNG_EFFECTIVE);
	set_capabilities(mask, mask);
}

/*
 * Commands of root get root's capabilities from execve(2).  The runner needs
 * CAP_KILL, to end a command that changed its user.  Under no_new_privs
 * execve(2) grants only permitted capabilities, so all stay permitted, but only
 * CAP_KILL effective.
 */
void
caps_keep_roots(void)
{
	const uint64_t kill = held(CAPNG_EFFECTIVE) & UINT64_C(1) << CAP_KILL;
	uint64_t permitted = kill;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		permitted = held(CAPNG_PERMITTED);
	set_capabilities(kill, permitted);
}
