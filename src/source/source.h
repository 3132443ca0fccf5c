/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * A source counts the packets of an interface or log group that a filter and a
 * direction accept.  source_kind.h declares the kinds of sources.
 *
 * The watcher calls source_sample, then source_wake_at, and sleeps until s_fd
 * is readable or s_at has come; when s_look_fd is readable, it calls
 * source_look.  All times are ns of the monotonic clock (base/clock.h); `now`
 * is the current time.  Only source_open may block.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

#define SOURCE_TEXT	512 /* bytes; enough for any text of a source */
#define SOURCE_SILENCES 16  /* slots of source_silence */
#define SOURCE_SOCKETS	5   /* maximum of source_sockets */

struct filter_compiler;
struct priv;
struct source_message;
struct source_shared;

/* Pointers are borrowed. */
struct source_conf {
	const char *sc_name;		 /* interface, or nflog:group */
	const char *sc_filter;		 /* pcap-filter(7); NULL: all packets */
	enum direction sc_direction;	 /* of the packets that count */
	bool sc_wait;			 /* accepts a missing interface */
	bool sc_bytes;			 /* needs the bytes */
	bool sc_time;			 /* needs times and silences */
	const struct priv *sc_priv;	 /* user who compiles the filter */
	struct source_shared *sc_shared; /* of the set; filled in when needed */
	/* Of the set; NULL: the filter is compiled in a process of its own. */
	struct filter_compiler *sc_compiler;
	/* errno: the kernel refuses the extended filter; or 0 */
	int sc_refused;
	/* Sources of source_keys.h that count these packets by key, too. */
	struct source *const *sc_keys;
	size_t sc_nkeys;
};

/* A device that the opener opens for a source of the watcher. */
struct source_device {
	int sd_fd;	  /* -1: there is none yet */
	int sd_link;	  /* link type, DLT_... */
	size_t sd_buflen; /* bytes of each read(2) */
};

/* Counts since source_open: 64 bits, never decreasing. */
struct source_count {
	uint64_t sc_packets;
	uint64_t sc_bytes; /* on the wire; undefined unless asked for */
	uint64_t sc_last;  /* time of the last packet; CLOCK_NEVER: unknown */
	/*
	 * Time at which a count of the last source_wake_at was reached; 0: not
	 * yet, CLOCK_NEVER: unknown.  The next source_wake_at clears it.
	 */
	uint64_t sc_woke;
	uint64_t sc_silences[SOURCE_SILENCES]; /* see source_silence */
};

/* Read-only for the watcher, except s_owner and s_asks. */
struct source {
	const struct source_ops *s_ops;
	void *s_owner;	    /* the watcher's counter */
	int s_fd;	    /* to poll; -1: none */
	uint64_t s_at;	    /* latest time to wake, or CLOCK_NEVER */
	int s_look_fd;	    /* to poll for source_look, shared; -1: none */
	uint64_t s_look_at; /* no poll of s_look_fd before this time */
	bool s_absent;	    /* the interface does not exist */
	bool s_awaited;	    /* and has not existed since source_open */
	bool s_asks;	    /* the opener must open a device again */
	bool s_asked;	    /* opener: the watcher has asked for a device */
	bool s_fresh;	    /* opener: has not tried to open one since */
	int s_error;	    /* opener: errno of the last try */
	bool s_sole;	    /* the kernel refuses to open a second one */
	char s_how[SOURCE_TEXT];    /* method of counting, for the log */
	char s_caveat[SOURCE_TEXT]; /* why the count is not exact, or "" */
};

enum source_change {
	SOURCE_ERROR = -1, /* and errno */
	SOURCE_SAME,
	SOURCE_GONE,  /* the interface has vanished */
	SOURCE_BACK,  /* the interface is back and counted */
	SOURCE_FOUND, /* SOURCE_BACK for the first time */
	SOURCE_OTHER  /* back with a link type that the filter does not fit */
};

/*
 * Opens a source; needs privileges.  The caller owns it.  Returns NULL on
 * failure, with the reason and the remedy in err.
 */
struct source *source_open(
    const struct source_conf *, char *err, size_t errlen);

/*
 * Reads the current counts.  Returns 0, or -1 and errno if the source cannot
 * count any more: ENXIO when the interface is gone and no opener can find it
 * again.
 */
int source_sample(struct source *, uint64_t now, struct source_count *);

/*
 * Arms the wake-up for the moment when the packets or the bytes of `wanted`
 * are reached; UINT64_MAX: never.  Sets s_fd and s_at.  Returns true if either
 * has been reached already: then no wake-up follows, sample again.
 */
bool source_wake_at(
    struct source *, const struct source_count *wanted, uint64_t now);

/*
 * Counts silences in sc_silences[slot], from 0: a packet ends a silence if no
 * packet came for `time` ns before it.  Time before `since` does not add to a
 * silence: now, or up to `time` before now, also before 0 (modulo 2^64).  If
 * `time` is longer than the machine is up, the first packet of all may not
 * count.  A `time` of 0 frees the slot.  Returns false if times of packets are
 * unknown, or sc_time of the conf was false.
 */
bool source_silence(
    struct source *, size_t slot, uint64_t time, uint64_t since);

/*
 * Looks whether the interface has come or gone; keeps the counts.  Errors are
 * those of source_sample.
 */
enum source_change source_look(struct source *, uint64_t now);

/* Returns how many descriptors the other calls use, and which. */
size_t source_sockets(const struct source *, int[SOURCE_SOCKETS]);

/*
 * Where an interface that comes back needs a new device, the source sets s_asks
 * and the opener opens the device.
 *
 * source_reopen, in the opener: opens a device of the directory, which the
 * caller owns; needs privileges.  Returns 0; or -1 and errno, with the reason
 * in err, ENXIO: the interface does not exist.
 *
 * source_adopt, in the watcher: takes the device over.
 */
int source_reopen(struct source *, const struct source_conf *, const char *dir,
    struct source_device *, char *err, size_t errlen);
enum source_change source_adopt(
    struct source *, uint64_t now, const struct source_device *);

/*
 * Opener: describes the source for source_receive.  Returns the number of
 * descriptors, which stay the source's.
 */
size_t source_send(
    const struct source *, struct source_message *, int[SOURCE_SOCKETS]);

/*
 * Watcher: makes the source that the opener sent, and takes its descriptors
 * over.  Returns NULL and errno, with the descriptors closed, on failure.
 */
struct source *source_receive(const struct source_message *, const int *fds,
    size_t n, const struct source_shared *);

/* Opener: closes what only the watcher needs once the watcher has it. */
void source_lend(struct source *);

/*
 * Opener: the new rules do not need the source, so the next source_shared_start
 * leaves it out.  source_shared_cancel takes that back.
 */
void source_leave(struct source *);

/* Closes this process's descriptors and frees the source; accepts NULL. */
void source_close(struct source *);

#endif
