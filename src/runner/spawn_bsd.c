/* The BSDs and macOS: fork(2). */
#include "runner/spawn.h"

pid_t
spawn(const struct spawn *sp)
{
	return spawn_fork(sp);
}
