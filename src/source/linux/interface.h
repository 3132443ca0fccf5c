/*
 * Linux: packet sockets and the interface of a name, which may come, go and
 * come back as another one, even on another type of link.  Names are stable,
 * indexes are not.
 */
#ifndef INTERFACE_H
#define INTERFACE_H

#include <net/if.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet_socket;

struct interface {
	char if_name[IFNAMSIZ];
	const struct packet_socket
	    *if_sockets; /* the caller's, for types of link */
	size_t if_count;
	const struct packet_socket
	    *if_socket;	       /* that one which is bound, or was last */
	bool if_there;	       /* as interface_update has last seen it */
	bool if_other;	       /* it has a type for which there is no tap */
	unsigned int if_tries; /* that have found nothing new */
};

enum interface_change {
	INTERFACE_ERROR = -1, /* errno says why */
	INTERFACE_SAME,
	INTERFACE_GONE,
	INTERFACE_BACK,
	INTERFACE_OTHER /* of a type for which there is no tap */
};

/*
 * A descriptor, the caller's, that is readable when any interface has changed,
 * for all who follow one; to be opened before them.  -1 and errno.
 */
int interface_notify_open(void);

/* It is readable no more, until the next change. */
void interface_notify_drain(int notice);

/* There is one tap at least.  0, or -1 and errno. */
int interface_init(struct interface *, const char *name,
    const struct packet_socket *, size_t count);

/*
 * Binds the tap for it to the interface that has the name now, and no other.
 * Needs no right.  INTERFACE_BACK when it is another one than before.
 */
enum interface_change interface_update(struct interface *);

/* It was quiet for a while: what was looked for in vain is forgotten. */
void interface_rested(struct interface *);

/* Nanoseconds to let pass before the next interface_update. */
uint64_t interface_rest(const struct interface *);

#endif
