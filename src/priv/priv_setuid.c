/*
 * Started setuid or setgid the program works for somebody who may mean harm,
 * and who owns its environment, its descriptors, its limits and its signals.
 * So it is that user in effect from the first step on.  The rights of its file
 * wait in the saved ids, are in effect while sources are opened, but not while
 * a filter is compiled, and are then given up for good, before any word about
 * it is printed.
 */
#include <err.h>
#include <unistd.h>

#include "priv/priv.h"
#include "priv/priv_user.h"

static bool elevated, raised;
static uid_t file_uid;
static gid_t file_gid;

/* The effective ids alone: the saved ones keep the rights of the file. */
static void
become_caller(void)
{
	if (setegid(getgid()) == -1 || seteuid(getuid()) == -1)
		err(1, "setuid: giving up rights");
	if (getegid() != getgid() || geteuid() != getuid())
		errx(1, "setuid: the user was not changed");
}

bool
priv_setuid_begin(void)
{
	file_uid = geteuid();
	file_gid = getegid();
	elevated = file_uid != getuid() || file_gid != getgid();
	if (!elevated)
		return false;
	become_caller();
	priv_user_opaque();
	return true;
}

void
priv_setuid_raise(void)
{
	if (!elevated)
		return;
	if (seteuid(file_uid) == -1 || setegid(file_gid) == -1)
		err(1, "setuid: taking back rights");
	raised = true;
}

bool
priv_setuid_lower(void)
{
	if (!elevated || !raised)
		return false;
	become_caller();
	raised = false;
	priv_user_opaque();
	return true;
}

void
priv_setuid_caller(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (!elevated)
		return;
	/* Where there are no saved ids to set, root's setuid(2) does it. */
	priv_setuid_raise();
	priv_user_become(uid, gid);
	elevated = raised = false;
	priv_user_check();
	if (uid != 0 &&
	    ((file_uid != uid && seteuid(file_uid) != -1) ||
		(file_gid != gid && setegid(file_gid) != -1)))
		errx(1, "setuid: the rights of the file were not given up");
	priv_user_opaque();
}
