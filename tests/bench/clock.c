/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * clock: writes its start time, ns, as 8 bytes.  Linked statically, so that
 * its first instruction comes soon after exec(2).
 */
#include <stdint.h>
#include <time.h>
#include <unistd.h>

int
main(void)
{
	struct timespec ts;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	return write(STDOUT_FILENO, &now, sizeof(now)) != sizeof(now);
}
