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
#define PDEATH_DESCRIPTORS ((size_t)2)

struct pdeath {
	pid_t pd_runner;
	int pd_reader;
	int pd_writer;
};

/* In the runner alone.  0, or -1 and errno. */
int pdeath_open(struct pdeath *);
void pdeath_close(struct pdeath *);

/*
 * In the command, before exec(2): hold the caller's own process group.  Async
 * signal safe.  0, or -1 and errno.
 */
int pdeath_hold(const struct pdeath *);

/* In the runner, after the run: hold nobody.  0, or -1 and errno. */
int pdeath_release(const struct pdeath *);

#endif
