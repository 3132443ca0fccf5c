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

struct tap;

struct follow {
	char fo_name[IFNAMSIZ];
	const struct tap *fo_taps; /* the caller's, for types of link */
	size_t fo_count;
	const struct tap *fo_tap; /* that one which is bound, or was last */
	bool fo_there;		  /* as follow_update has last seen it */
	bool fo_other;		  /* it has a type for which there is no tap */
	unsigned int fo_tries;	  /* that have found nothing new */
};

enum follow_change {
	FOLLOW_ERROR = -1, /* errno says why */
	FOLLOW_SAME,
	FOLLOW_GONE,
	FOLLOW_BACK,
	FOLLOW_OTHER /* of a type for which there is no tap */
};

/*
 * A descriptor, the caller's, that is readable when any interface has changed,
 * for all who follow one; to be opened before them.  -1 and errno.
 */
int follow_notice(void);

/* It is readable no more, until the next change. */
void follow_drain(int notice);

/* There is one tap at least.  0, or -1 and errno. */
int follow_init(
    struct follow *, const char *name, const struct tap *, size_t count);

/*
 * Binds the tap for it to the interface that has the name now, and no other.
 * Needs no right.  FOLLOW_BACK when it is another one than before.
 */
enum follow_change follow_update(struct follow *);

/* It was quiet for a while: what was looked for in vain is forgotten. */
void follow_rested(struct follow *);

/* Nanoseconds to let pass before the next follow_update. */
uint64_t follow_rest(const struct follow *);

#endif
