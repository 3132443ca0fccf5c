/*
 * A source is where counts come from.  One contract, one file a kind.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Long enough for any text that a source gives. */
#define SOURCE_TEXT 512

struct priv;

/* Which packets count, as the interface sees them. */
enum source_direction {
	SOURCE_INOUT,
	SOURCE_IN,
	SOURCE_OUT
};

/* What the user asks for. */
struct source_conf {
	const char *sc_name;
	const char *sc_filter; /* pcap-filter(7); NULL: everything */
	enum source_direction sc_direction;
	bool sc_wait;		    /* for an interface that is not there yet */
	const struct priv *sc_priv; /* as whom to compile the filter */
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
	 * Readable when the interface may have come or gone, -1 for never;
	 * not to be looked at before s_look_at.  Kept up by source_look.
	 */
	int s_look_fd;
	uint64_t s_look_at;

	char s_how[SOURCE_TEXT];    /* how it counts, for the log */
	char s_caveat[SOURCE_TEXT]; /* why it is not exact, or "" */
};

enum source_change {
	SOURCE_ERROR = -1, /* errno says why */
	SOURCE_SAME,
	SOURCE_GONE, /* no interface of the name is left */
	SOURCE_BACK  /* there is one, and it counts */
};

/* What the calls below do for one source. */
struct source_ops {
	int (*so_sample)(struct source *, uint64_t now, uint64_t *seen);
	bool (*so_wake_at)(struct source *, uint64_t seen, uint64_t now);
	/* NULL where nothing comes or goes. */
	enum source_change (*so_look)(struct source *, uint64_t now);
	int (*so_socket)(const struct source *);
	void (*so_close)(struct source *);
};

/*
 * Opens the source that the user names, with privileges; the caller owns it.
 * NULL on failure, and what is missing and what helps in err.
 */
struct source *source_open(
    const struct source_conf *, char *err, size_t errlen);

/*
 * Packets since the opening, 64 bits, never less than before.  -1 and errno
 * when the source can count no more.
 */
int source_sample(struct source *, uint64_t now, uint64_t *seen);

/*
 * Sleep until `seen` packets were counted; UINT64_MAX is never.  True when
 * they have been already: then sample again, there may be no wake-up.
 */
bool source_wake_at(struct source *, uint64_t seen, uint64_t now);

/* To be called when s_look_fd is readable.  The count goes on. */
enum source_change source_look(struct source *, uint64_t now);

/* The descriptor of which source_sample asks the kernel, or -1. */
int source_socket(const struct source *);

/*
 * Gives back what this process holds of it.  The other process that has it
 * since fork(2) can go on.  NULL is fine.
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

/* What -i is when it is not given. */
extern const char *const source_default;

#endif
