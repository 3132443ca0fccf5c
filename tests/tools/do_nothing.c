/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* A command that does nothing; linked statically. */
int
main(void)
{
	return 0;
}
