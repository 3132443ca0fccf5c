/*
 * A source is where counts come from.  One contract, one file a kind.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

/* Long enough for any text that a source gives. */
#define SOURCE_TEXT 512

/* The most times whose silences a source counts. */
#define SOURCE_SILENCES 16

/* The most descriptors that a source counts by. */
#define SOURCE_SOCKETS 4

struct priv;

/* What the user asks for. */
struct source_conf {
	const char *sc_name;
	const char *sc_filter; /* pcap-filter(7); NULL: everything */
	enum direction sc_direction;
	bool sc_wait;		    /* for an interface that is not there yet */
	bool sc_bytes;		    /* whether bytes are of interest */
	bool sc_time;		    /* and the time of the last packet */
	const struct priv *sc_priv; /* as whom to compile the filter */
	struct source_shared *sc_shared;
};

/* What all sources of a process have together; -1 for what none needs yet. */
struct source_shared {
	int ss_notice; /* readable when any interface may have come or gone */
	/* Who opens fresh descriptors, for a question; each set has its own. */
	int ss_opener;
};

/* What was counted since the opening: 64 bits, never less than before. */
struct source_count {
	uint64_t sc_packets;
	uint64_t sc_bytes; /* on the wire; if sc_bytes asked for them */
	uint64_t sc_last;  /* when the last packet came; CLOCK_NEVER: unknown */
	/*
	 * When a count of source_wake_at was reached; 0: none was, CLOCK_NEVER:
	 * unknown.  Kept until the next source_wake_at.
	 */
	uint64_t sc_woke;
	/* Silences that a packet has ended, by the slots of source_silence. */
	uint64_t sc_silences[SOURCE_SILENCES];
};

/* The silences of a slot. */
struct source_silence {
	uint64_t sl_time;  /* ns, the shortest that counts; 0: unused slot */
	uint64_t sl_since; /* time from which on they count */
	uint64_t sl_count;
};

/*
 * What a process knows of a source that another one, which had it by fork(2),
 * cannot ask the kernel.
 */
struct source_state {
	uint64_t st_seen;
	uint64_t st_bytes;
	uint64_t st_last;
	uint64_t st_drops; /* as the kernel counted them then */
	struct source_silence st_silences[SOURCE_SILENCES];
	uint32_t st_lost;
	uint32_t st_tap;
	uint32_t st_buflen;
	int32_t st_passed; /* a descriptor that goes with it, or -1 */
	bool st_absent;
	bool st_awaited;
	bool st_there;
	bool st_other;
	bool st_untold; /* that it is not there */
};

struct source {
	const struct source_ops *s_ops;

	/*
	 * What the watcher does between two calls: it sleeps until s_fd is
	 * readable, or until the time s_at, whichever is first.  s_fd may be
	 * -1, s_at CLOCK_NEVER.  Kept up by source_wake_at.
	 */
	int s_fd;
	uint64_t s_at;

	/*
	 * Readable when the interface may have come or gone: one of those
	 * that are shared, or -1 for never; not to be looked at before
	 * s_look_at.  Kept up by source_look.
	 */
	int s_look_fd;
	uint64_t s_look_at;
	bool s_absent;	/* it is not there; kept up likewise */
	bool s_awaited; /* it never was there; likewise */

	bool s_sole; /* the kernel lets nobody open it a second time */

	char s_how[SOURCE_TEXT];    /* how it counts, for the log */
	char s_caveat[SOURCE_TEXT]; /* why it is not exact, or "" */
};

enum source_change {
	SOURCE_ERROR = -1, /* errno says why */
	SOURCE_SAME,
	SOURCE_GONE,  /* no interface of the name is left */
	SOURCE_BACK,  /* there is one, and it counts */
	SOURCE_FOUND, /* the same, for the first time */
	SOURCE_OTHER  /* there is one for which the filter makes no sense */
};

/* What the calls below do for one source. */
struct source_ops {
	int (*so_sample)(struct source *, uint64_t now, struct source_count *);
	bool (*so_wake_at)(
	    struct source *, const struct source_count *wanted, uint64_t now);
	/* NULL where no time of a packet is known. */
	bool (*so_silence)(
	    struct source *, size_t slot, uint64_t time, uint64_t since);
	/* NULL where nothing comes or goes. */
	enum source_change (*so_look)(struct source *, uint64_t now);
	size_t (*so_sockets)(const struct source *, int *);
	/* NULL where nobody opens fresh descriptors. */
	int (*so_renew)(struct source *, const struct source_conf *);
	void (*so_save)(const struct source *, struct source_state *);
	void (*so_load)(struct source *, const struct source_state *);
	void (*so_close)(struct source *);
};

/*
 * Opens the source that the user names, with privileges; the caller owns it.
 * NULL on failure, and what is missing and what helps in err.
 */
struct source *source_open(
    const struct source_conf *, char *err, size_t errlen);

/* What was counted until now.  -1 and errno when it can count no more. */
int source_sample(struct source *, uint64_t now, struct source_count *);

/*
 * Sleep until one of the counts, of packets or bytes, is reached; UINT64_MAX is
 * never.
 * True when one has been already: then sample again, there may be no wake-up.
 */
bool source_wake_at(
    struct source *, const struct source_count *wanted, uint64_t now);

/*
 * Counts silences of `time` ns or more in sc_silences[slot], from 0: a packet
 * ends a silence when none came for that time before it, nor since `since`,
 * which is now.  A time of 0 frees the slot.  False when the source cannot: it
 * knows no times of packets, or sc_time did not ask for them.
 */
bool source_silence(
    struct source *, size_t slot, uint64_t time, uint64_t since);

/* To be called when s_look_fd was readable.  The count goes on. */
enum source_change source_look(struct source *, uint64_t now);

/*
 * The descriptors of which source_sample and source_look ask the kernel: how
 * many.
 */
size_t source_sockets(const struct source *, int[SOURCE_SOCKETS]);

/*
 * One that is open already goes over to another set, in whose sc_shared it has
 * its opener from now on; the rest is what it was opened with.  0, or -1 and
 * errno.
 */
int source_renew(struct source *, const struct source_conf *);

/*
 * Another process goes on with the source: the one saves, then the other
 * loads.  It may get anything and believes no more than it needs to.  What was
 * passed is the source's from then on.
 */
void source_save(const struct source *, struct source_state *);
void source_load(struct source *, const struct source_state *);

/*
 * Gives back what this process holds of it.  Others that have it since fork(2)
 * can go on.  NULL is fine.
 */
void source_close(struct source *);

/*
 * The kinds of this system; the first whose prefix a name begins with opens
 * it.  The last has the prefix "".
 */
struct source_kind {
	const char *sk_prefix;
	struct source *(*sk_open)(
	    const struct source_conf *, char *err, size_t errlen);
};

extern const struct source_kind source_kinds[];

/* The most descriptors that one of them keeps. */
extern const size_t source_descriptors;

/* True where closing a source takes more than a few milliseconds. */
extern const bool source_closes_slowly;

/*
 * When all are open, with privileges.  0, or -1 and errno.  Or when they are
 * not to be: cancel, also after it.
 */
int source_shared_start(const struct source_shared *);
void source_shared_cancel(void);

/* When the notice is readable: before those look who have it to look at. */
void source_shared_drain(const struct source_shared *);

/*
 * Tells whether the opener has ended, when its socket is readable.  0 as long
 * as it lives, else -1.
 */
int source_shared_check(const struct source_shared *);

/* Gives back what this process holds of it; but what the one that stays has. */
void source_shared_close(struct source_shared *);
void source_shared_leave(
    struct source_shared *, const struct source_shared *stays);

#endif
