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
#include "ipc/source_message.h"
#include "priv/priv.h"
#include "source/bpf/bpf_internal.h"
#include "source/bpf/device.h"
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
	b->b_self = &b->b_source;
	b->b_sources = &b->b_self;
	b->b_nsources = 1;
	b->b_device = -1;
	b->b_notice = -1;
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

/*
 * Opens the device.  If the interface is missing and -w allows that, compiles
 * the filter for Ethernet instead, to find errors in the expression.
 */
static int
open_device(
    struct bpf *b, const struct source_conf *sc, char *err, size_t errlen)
{
	struct bpf_compiled *c = &b->b_compiled;
	struct source_device sd;

	if (device_open(BPF_DEVICES, sc, c, &sd, err, errlen) == 0) {
		if (priv_source(sd.sd_fd) == 0 && bpf_adopt(b, &sd) == 0)
			return 0;
		snprintf(err, errlen, "%s: %s", sc->sc_name, strerror(errno));
		close(sd.sd_fd);
		return -1;
	}
	if (errno != ENXIO || !sc->sc_wait)
		return -1;
	if (b->b_forsaken) {
		snprintf(err, errlen,
		    "%s: -w: a set-user-ID program cannot wait for an "
		    "interface; run as root",
		    sc->sc_name);
		return -1;
	}
	return device_compile(c, sc, DLT_EN10MB, err, errlen);
}

/* Opens all that the source needs. */
static int
open_all(struct bpf *b, const struct source_conf *sc, char *err, size_t errlen)
{
	b->b_forsaken = is_set_user_id();
	b->b_notice = sc->sc_shared->ss_notice;
	b->b_source.s_look_fd = b->b_notice;
	if (open_device(b, sc, err, errlen) == -1)
		return -1;
	b->b_source.s_absent = b->b_source.s_asks = b->b_device == -1;
	return 0;
}

int
bpf_open_again(struct source *s, const struct source_conf *sc, const char *dir,
    struct source_device *sd, char *err, size_t errlen)
{
	struct bpf *b = (struct bpf *)s;

	if (device_open(dir, sc, &b->b_compiled, sd, err, errlen) == -1)
		return -1;
	if (priv_source(sd->sd_fd) == 0)
		return 0;
	snprintf(err, errlen, "%s: rights: %s", sc->sc_name, strerror(errno));
	close(sd->sd_fd);
	sd->sd_fd = -1;
	return -1;
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

struct source *
bpf_receive_source(const struct source_message *sm, const int *fds, size_t n,
    const struct source_shared *ss)
{
	const struct source_device sd = { .sd_fd = n == 0 ? -1 : fds[0],
		.sd_link = (int)sm->sm_numbers[1],
		.sd_buflen = sm->sm_numbers[0] };
	struct bpf *b;

	if (n > 1 || sd.sd_buflen > BPF_BUFFER) {
		errno = EBADMSG;
		return NULL;
	}
	if ((b = allocate(sm->sm_name)) == NULL)
		return NULL;
	b->b_notice = ss->ss_notice;
	b->b_source.s_look_fd = n == 0 ? -1 : ss->ss_notice;
	b->b_source.s_asks = n == 0;
	if (n == 0 || bpf_adopt(b, &sd) == 0)
		return &b->b_source;
	source_close(&b->b_source);
	return NULL;
}
