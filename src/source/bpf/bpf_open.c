/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The BSDs and macOS: makes the source of an interface, of a device from
 * device.c and of what all sources share.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <net/if.h>

#include <errno.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "priv/priv.h"
#include "source/bpf/bpf_internal.h"
#include "source/bpf/device.h"
#include "source/bpf/ifnotify_route.h"
#include "source/bpf/reopen.h"
#include "source/bpf/source_bpf.h"
#include "source/source.h"
#include "source/source_shared.h"

/*
 * Long rest between two reads.  Most systems discard unread records when the
 * interface vanishes.
 */
#define LONG_REST (100 * CLOCK_MS)

static struct bpf *
allocate(const char *name)
{
	struct bpf *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return NULL;
	b->b_source.s_ops = &bpf_ops;
	b->b_source.s_fd = -1;
	b->b_source.s_at = CLOCK_NEVER;
	b->b_source.s_look_fd = -1;
	b->b_compiled.bc_link = -1;
	b->b_listener.li_rest = LONG_REST;
	b->b_device = -1;
	b->b_notice = -1;
	b->b_opener = -1;
	strlcpy(b->b_name, name, sizeof(b->b_name));
	snprintf(b->b_source.s_how, sizeof(b->b_source.s_how), "bpf device");
	return b;
}

/* Returns true if set-user-ID: such a process keeps no right to open. */
static bool
is_set_user_id(void)
{
	return getuid() != geteuid() || getgid() != getegid();
}

/* Opens the socket of the device opener, if no source has done so. */
static int
need_opener(struct source_shared *ss)
{
	if (ss->ss_opener != -1 || is_set_user_id())
		return 0;
	ss->ss_opener = reopen_open();
	return ss->ss_opener == -1 ? -1 : 0;
}

/* Opens the shared descriptors that no source has opened yet. */
static int
open_shared(
    struct source_shared *ss, const char *name, char *err, size_t errlen)
{
	if (need_opener(ss) == -1)
		snprintf(err, errlen, "%s: device opener: %s", name,
		    strerror(errno));
	else if (ss->ss_notice == -1 && (ss->ss_notice = ifnotify_open()) == -1)
		snprintf(err, errlen, "%s: routing socket: %s", name,
		    strerror(errno));
	else
		return 0;
	return -1;
}

/*
 * Opens the device.  If the interface is missing and -w allows that, compiles
 * the filter for Ethernet instead, to find errors in the expression.
 */
static int
open_device(
    struct bpf *b, const struct source_conf *sc, char *err, size_t errlen)
{
	struct bpf_compiled *c = &b->b_compiled;
	size_t buflen = 0;
	int device;

	device = device_open(BPF_DEVICES, sc, c, &buflen, err, errlen);
	if (device != -1) {
		if (priv_source(device) == 0 &&
		    bpf_adopt(b, device, buflen) == 0)
			return 0;
		snprintf(err, errlen, "%s: %s", sc->sc_name, strerror(errno));
		return -1;
	}
	if (errno != ENXIO || !sc->sc_wait)
		return -1;
	if (b->b_opener == -1) {
		snprintf(err, errlen,
		    "%s: -w: a set-user-ID program cannot wait for an "
		    "interface; run as root",
		    sc->sc_name);
		return -1;
	}
	return device_compile(c, sc, DLT_EN10MB, err, errlen);
}

/* Opens all that the source needs and registers at the device opener. */
static int
open_all(struct bpf *b, const struct source_conf *sc, char *err, size_t errlen)
{
	if (open_shared(sc->sc_shared, sc->sc_name, err, errlen) == -1)
		return -1;
	b->b_notice = sc->sc_shared->ss_notice;
	b->b_opener = sc->sc_shared->ss_opener;
	b->b_source.s_look_fd = b->b_notice;
	if (open_device(b, sc, err, errlen) == -1)
		return -1;
	b->b_source.s_absent = b->b_device == -1;
	if (b->b_opener == -1)
		return 0;
	b->b_number = reopen_add(sc, &b->b_compiled);
	if (b->b_number != -1 &&
	    (b->b_device != -1 || reopen_ask(b->b_opener, b->b_number) == 0))
		return 0;
	snprintf(
	    err, errlen, "%s: device opener: %s", sc->sc_name, strerror(errno));
	return -1;
}

int
bpf_handover_renew(struct source *s, const struct source_conf *sc)
{
	struct bpf *b = (struct bpf *)s;

	if (need_opener(sc->sc_shared) == -1)
		return -1;
	b->b_opener = sc->sc_shared->ss_opener;
	if (b->b_opener == -1)
		return 0;
	b->b_number = reopen_add(sc, &b->b_compiled);
	return b->b_number == -1 ? -1 : 0;
}

struct source *
bpf_open_source(const struct source_conf *sc, char *err, size_t errlen)
{
	struct bpf *b;

	if (sc->sc_name[0] == '\0' || strlen(sc->sc_name) >= IFNAMSIZ) {
		snprintf(err, errlen,
		    "%s: an interface name has 1 to %d characters",
		    sc->sc_name[0] == '\0' ? "interface" : sc->sc_name,
		    IFNAMSIZ - 1);
		return NULL;
	}
	if ((b = allocate(sc->sc_name)) == NULL) {
		snprintf(err, errlen, "%s: %s", sc->sc_name, strerror(errno));
		return NULL;
	}
	if (open_all(b, sc, err, errlen) == -1) {
		source_close(&b->b_source);
		return NULL;
	}
	if (sc->sc_bytes)
		snprintf(b->b_source.s_caveat, sizeof(b->b_source.s_caveat),
		    "bytes of packets for which the kernel's buffer has no "
		    "room are not counted");
	return &b->b_source;
}
