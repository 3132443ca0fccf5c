/*
 * A leash ends a running command, and all of its process group, when the
 * runner dies without a chance to do it: the kernel lets go of the runner's
 * descriptors and kills whom the leash holds.  Where a kernel does less than
 * that, its file says so.
 */
#ifndef PDEATH_H
#define PDEATH_H

#include <sys/types.h>

/* That one has, at the most. */
#define LEASH_DESCRIPTORS ((size_t)2)

struct leash {
	pid_t l_runner;
	int l_reader;
	int l_writer;
};

/* In the runner alone.  0, or -1 and errno. */
int leash_open(struct leash *);
void leash_close(struct leash *);

/*
 * In the command, before exec(2): hold the caller's own process group.  Async
 * signal safe.  0, or -1 and errno.
 */
int leash_hold(const struct leash *);

/* In the runner, after the run: hold nobody.  0, or -1 and errno. */
int leash_release(const struct leash *);

#endif
