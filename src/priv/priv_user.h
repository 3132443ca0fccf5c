/*
 * What priv_*.c have in common: users and groups are alike on all systems.
 * Failures end the process with a message.
 */
#ifndef PRIV_USER_H
#define PRIV_USER_H

#include <sys/types.h>

struct priv;

/* All three ids of both kinds; groups stay. */
void priv_user_become(uid_t, gid_t);

/* Root becomes the watcher's user, who is in no other group. */
void priv_user_watcher(const struct priv *);

/* The user of the commands, who is in all of his groups. */
void priv_user_commands(const struct priv *);

/*
 * That root's rights are gone, unless this is root.  To be asked when there is
 * no capability left either.
 */
void priv_user_check(void);

/* In priv_SYSTEM.c: no other process of its user may look into this one. */
void priv_user_opaque(void);

#endif
