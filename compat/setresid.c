#include <errno.h>
#include <unistd.h>

#include "setresid.h"

/*
 * NetBSD's setuid(2) sets all three for everybody, and its setreuid(2) leaves
 * the saved one when the real one does not change.  With macOS it is the other
 * way round for all but root.  So both are called.
 */
int
setresgid(gid_t real, gid_t effective, gid_t saved)
{
	if (real != effective || real != saved) {
		errno = EINVAL;
		return -1;
	}
	return setgid(real) == -1 || setregid(real, real) == -1 ? -1 : 0;
}

int
setresuid(uid_t real, uid_t effective, uid_t saved)
{
	if (real != effective || real != saved) {
		errno = EINVAL;
		return -1;
	}
	return setuid(real) == -1 || setreuid(real, real) == -1 ? -1 : 0;
}
