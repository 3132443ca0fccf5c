/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A preloaded library that disables the system call filter, and clone(2) with
 * shared memory: for tools such as valgrind that make system calls inside the
 * process.
 */
#include <errno.h>
#include <stdint.h>

int clone(int (*)(void *), void *, int, void *, ...);
void *seccomp_init(uint32_t);
int seccomp_rule_add_array(void *, uint32_t, int, unsigned int, const void *);
int seccomp_attr_set(void *, int, uint32_t);
int seccomp_load(void *);

void *
seccomp_init(uint32_t action)
{
	static int context;

	(void)action;
	return &context;
}

int
seccomp_attr_set(void *ctx, int attribute, uint32_t value)
{
	(void)ctx;
	(void)attribute;
	(void)value;
	return 0;
}

int
seccomp_rule_add_array(
    void *ctx, uint32_t action, int call, unsigned int n, const void *args)
{
	(void)ctx;
	(void)action;
	(void)call;
	(void)n;
	(void)args;
	return 0;
}

int
seccomp_load(void *ctx)
{
	(void)ctx;
	return 0;
}

int
clone(int (*child)(void *), void *stack, int flags, void *argument, ...)
{
	(void)child;
	(void)stack;
	(void)flags;
	(void)argument;
	errno = ENOSYS;
	return -1;
}
