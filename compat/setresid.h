/*
 * NetBSD and macOS have no such calls.  Here all three ids have to be the same
 * one; EINVAL else.
 */
#ifndef COMPAT_SETRESID_H
#define COMPAT_SETRESID_H

#include <sys/types.h>

int setresgid(gid_t real, gid_t effective, gid_t saved);
int setresuid(uid_t real, uid_t effective, uid_t saved);

#endif
