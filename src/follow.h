/*
 * Linux: a packet socket and the interface of a name, which may come, go and
 * come back as another one.  Names are stable, indexes are not.
 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <net/if.h>

#include <stdbool.h>
#include <stdint.h>

struct follow {
	char fo_name[IFNAMSIZ];
	int fo_sock;	       /* the caller's */
	int fo_hardware;       /* the only kind, ARPHRD_..., to take; -1: any */
	int fo_netlink;	       /* readable when any interface has changed */
	bool fo_there;	       /* as follow_update has last seen it */
	unsigned int fo_tries; /* that have found nothing new */
};

enum follow_change {
	FOLLOW_ERROR = -1, /* errno says why */
	FOLLOW_SAME,
	FOLLOW_GONE,
	FOLLOW_BACK
};

/* Before privileges are dropped; follow_close after a failure, too. */
int follow_open(struct follow *, const char *name, int hardware, int sock);

/*
 * Binds the socket to the interface that has the name now.  Needs no right.
 * FOLLOW_BACK when it is another one than before.
 */
enum follow_change follow_update(struct follow *);

/* It was quiet for a while: what was looked for in vain is forgotten. */
void follow_rested(struct follow *);

/* Nanoseconds to let pass before the next follow_update. */
uint64_t follow_rest(const struct follow *);

void follow_close(struct follow *);

#endif
