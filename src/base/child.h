/*
 * Children and their numbers.  A number is a child's own until the child has
 * been waited for, and then may become any process's: no signal goes there.
 */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

/*
 * Waits for a child of ours; kills it first if it still runs.  Returns its
 * status as of waitpid(2); -1: it is no child of ours any more.
 */
int child_end(pid_t);

#endif
