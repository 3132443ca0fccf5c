/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Started set-user-ID or set-group-ID, the program may work for an attacker,
 * who controls its environment, descriptors, limits and signals.  So from the
 * first step the caller is the effective user.  The rights of the program's
 * file stay in the saved ids.  They are in effect while sources are opened, but
 * not while a filter is compiled, and are given up for good before any message
 * about the sources is printed.
 */
#include <err.h>
#include <unistd.h>

#include "priv/priv.h"
#include "priv/priv_user.h"

static bool elevated, raised;
static uid_t file_uid;
static gid_t file_gid;

/* Changes the effective ids only; the saved ids keep the file's rights. */
static void
become_caller(void)
{
	if (setegid(getgid()) == -1 || seteuid(getuid()) == -1)
		err(1, "setuid: giving up rights");
	if (getegid() != getgid() || geteuid() != getuid())
		errx(1, "setuid: the kernel did not change the user");
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
	/* Systems without setresuid(2) change the saved ids only for root. */
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
