/*
 * Preloaded: no system call filter, and no clone(2) that shares memory with the
 * child.  For tools that run inside of the process and make calls of their own,
 * such as valgrind.
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
