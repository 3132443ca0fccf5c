/* The BSDs and macOS: fork(2). */
#include "runner/spawn.h"

pid_t
spawn(const struct spawn *l)
{
	return spawn_fork(l);
}
