/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <err.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "priv/priv.h"
#include "priv/priv_user.h"

const char *
priv_user_lookup(struct priv *p, const char *user)
{
	struct passwd *pw;
	const char *problem;

	memset(p, 0, sizeof(*p));
	p->p_uid = getuid();
	p->p_gid = getgid();
	if ((pw = getpwnam(PRIV_USER)) == NULL)
		pw = getpwnam("nobody");
	p->p_watcher_uid = pw != NULL ? pw->pw_uid : 65534;
	p->p_watcher_gid = pw != NULL ? pw->pw_gid : 65534;
	if (user == NULL)
		return NULL;
	if ((pw = getpwnam(user)) == NULL) {
		long long uid = strtonum(user, 0, 4294967294, &problem);

		if (problem != NULL || (pw = getpwuid((uid_t)uid)) == NULL)
			return "no such user";
	}
	/* The caller is this user already: keeps the caller's groups. */
	if (getuid() != 0 && pw->pw_uid == getuid())
		return NULL;
	p->p_change = true;
	p->p_uid = pw->pw_uid;
	p->p_gid = pw->pw_gid;
	if (strlcpy(p->p_user, pw->pw_name, sizeof(p->p_user)) >=
	    sizeof(p->p_user))
		return "name too long";
	return NULL;
}

void
priv_user_become(uid_t uid, gid_t gid)
{
	if (setresgid(gid, gid, gid) == -1)
		err(1, "setresgid");
	if (setresuid(uid, uid, uid) == -1)
		err(1, "setresuid");
	if (getgid() != gid || getegid() != gid)
		errx(1, "cannot change to group %u", (unsigned int)gid);
	if (getuid() != uid || geteuid() != uid)
		errx(1, "cannot change to user %u", (unsigned int)uid);
}

void
priv_user_watcher(const struct priv *p)
{
	if (setgroups(1, &p->p_watcher_gid) == -1)
		err(1, "setgroups");
	priv_user_become(p->p_watcher_uid, p->p_watcher_gid);
}

void
priv_user_commands(const struct priv *p)
{
	if (p->p_change && initgroups(p->p_user, p->p_gid) == -1)
		err(1, "-u: %s: initgroups", p->p_user);
	priv_user_become(p->p_uid, p->p_gid);
}

void
priv_user_check(void)
{
	/* Checks by trial, whatever the kernel has reported. */
	if (getuid() != 0 && (setuid(0) != -1 || seteuid(0) != -1))
		errx(1, "user %u: root's rights were not given up",
		    (unsigned int)getuid());
}
