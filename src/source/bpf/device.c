/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <net/bpf.h>
#include <net/if.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter/filter.h"
#include "source/bpf/device.h"
#include "source/bpf/keys_bpf.h"
#include "source/source.h"

/* Maximum of numbered devices to try. */
#define DEVICES_MAX 256

/* Buffer for the text of an error, and the interface that it names. */
struct error_text {
	const char *et_name;
	char *et_buf;
	size_t et_len;
};

/* Writes "interface: what: errno"; returns -1 and leaves errno. */
static int
fail(const struct error_text *t, const char *what)
{
	int saved = errno;

	snprintf(t->et_buf, t->et_len, "%s: %s: %s", t->et_name, what,
	    strerror(saved));
	errno = saved;
	return -1;
}

/* The same, with a remedy at the end. */
static int
fail_hint(const struct error_text *t, const char *what, const char *hint)
{
	int saved = errno;

	snprintf(t->et_buf, t->et_len, "%s: %s: %s; %s", t->et_name, what,
	    strerror(saved), hint);
	errno = saved;
	return -1;
}

/*
 * Opens a device, non-blocking.  OpenBSD before 6.4 ignores O_NONBLOCK and
 * needs FIONBIO, before BIOCLOCK; on other systems a failure of FIONBIO is
 * harmless.
 */
static int
open_path(const char *path)
{
	int fd, yes = 1;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd != -1)
		(void)ioctl(fd, FIONBIO, &yes);
	return fd;
}

static int
fail_busy(const struct error_text *t, const char *dir, int n)
{
	snprintf(t->et_buf, t->et_len,
	    "%s: no free bpf device: all %d are in use, %s/bpf0 to %s/bpf%d; "
	    "end a program that uses one, or add another device",
	    t->et_name, n, dir, dir, n - 1);
	errno = EBUSY;
	return -1;
}

/* Opens the cloning device or, without one, the first free number. */
static int
open_free(const char *dir, const struct error_text *t)
{
	char path[64];
	int fd, i, saved;

	snprintf(path, sizeof(path), "%s/bpf", dir);
	fd = open_path(path);
	for (i = 0; fd == -1 && i < DEVICES_MAX; i++) {
		/* EBUSY: "bpf" may be the name of the first number. */
		if (i > 0 ? errno != EBUSY : errno != EBUSY && errno != ENOENT)
			break;
		snprintf(path, sizeof(path), "%s/bpf%d", dir, i);
		fd = open_path(path);
	}
	if (fd != -1)
		return fd;
	if (errno == EBUSY && i == DEVICES_MAX)
		return fail_busy(t, dir, i);
	if (errno == ENOENT && i > 1)
		return fail_busy(t, dir, i - 1);
	saved = errno;
	snprintf(t->et_buf, t->et_len, "%s: %s: %s%s", t->et_name, path,
	    strerror(saved),
	    saved == EACCES || saved == EPERM ?
		"; run as root, or as a user who can read the device" :
		"");
	errno = saved;
	return -1;
}

/* Sets a filter that keeps some first bytes of each packet that it accepts. */
static int
set_filter(int fd, const struct filter_insn *insns, size_t n, size_t keep)
{
	static struct bpf_insn program[FILTER_MAX];
	const struct bpf_program all = { .bf_len = (unsigned int)n,
		.bf_insns = program };
	struct bpf_insn *to = program;
	const struct filter_insn *i;

	for (i = insns; i < insns + n; i++, to++) {
		to->code = i->fi_code;
		to->jt = i->fi_jt;
		to->jf = i->fi_jf;
		to->k = i->fi_k;
		if (i->fi_code == (BPF_RET | BPF_K) && i->fi_k != 0)
			to->k = (uint32_t)keep;
	}
	return ioctl(fd, BIOCSETF, &all);
}

/* Sets a filter that keeps the bytes of each packet; 0: accepts none. */
static int
set_return(int fd, size_t keep)
{
	const struct filter_insn insn = { .fi_code = BPF_RET | BPF_K,
		.fi_k = (uint32_t)keep };

	return set_filter(fd, &insn, 1, keep);
}

/*
 * Sets *result to true if all packets of the interface have the same direction,
 * a meaningless one: packets of a loopback interface are outgoing on some
 * systems and incoming on others, packets of pflog(4) are outgoing.  Returns 0,
 * or -1 and errno.
 */
static int
has_no_direction(const char *name, unsigned int type, bool *result)
{
	struct ifreq ifr;
	int fd, error, saved;

	*result = type == DLT_PFLOG;
	if (*result)
		return 0;
	/* The link type is no criterion: tunnels have that of loopback. */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	memset(&ifr, 0, sizeof(ifr));
	strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	error = ioctl(fd, SIOCGIFFLAGS, &ifr);
	saved = errno;
	close(fd);
	errno = saved;
	*result = error == 0 && (ifr.ifr_flags & IFF_LOOPBACK) != 0;
	return error;
}

/* Sets the direction; each system has another ioctl(2). */
static int
set_direction(int fd, enum direction wanted)
{
#if defined(BIOCSDIRFILT)
	/* BIOCSDIRFILT takes the direction to leave out. */
	unsigned int out = wanted == DIRECTION_IN ? BPF_DIRECTION_OUT :
	    wanted == DIRECTION_OUT		  ? BPF_DIRECTION_IN :
						    0;

	return ioctl(fd, BIOCSDIRFILT, &out);
#elif defined(BIOCSDIRECTION)
	unsigned int direction = wanted == DIRECTION_IN ? BPF_D_IN :
	    wanted == DIRECTION_OUT			? BPF_D_OUT :
							  BPF_D_INOUT;

	return ioctl(fd, BIOCSDIRECTION, &direction);
#else
	unsigned int see_sent = wanted != DIRECTION_IN;

	if (wanted == DIRECTION_OUT) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return ioctl(fd, BIOCSSEESENT, &see_sent);
#endif
}

/* Attaches the device to an interface. */
static int
attach(int fd, const char *name, const struct error_text *t)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	if (strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name)) >=
	    sizeof(ifr.ifr_name)) {
		errno = ENAMETOOLONG;
		return fail(t, "interface name");
	}
	if (ioctl(fd, BIOCSETIF, &ifr) == 0)
		return 0;
	if (errno == ENXIO)
		return fail_hint(t, "no such interface",
		    "\"ifconfig -a\" lists interfaces, -w waits for one");
	if (errno == ENETDOWN)
		return fail_hint(
		    t, "cannot attach", "\"ifconfig\" can bring it up");
	return fail(t, "cannot attach");
}

/* Sets the direction of an attached device. */
static int
direct(int fd, const struct source_conf *sc, unsigned int type,
    const struct error_text *t)
{
	bool none = true;

	if (sc->sc_direction != DIRECTION_INOUT &&
	    has_no_direction(sc->sc_name, type, &none) == -1)
		return fail(t, "-Q: flags of the interface");
	if (set_direction(fd, none ? DIRECTION_INOUT : sc->sc_direction) == 0)
		return 0;
	return fail(t, sc->sc_direction == DIRECTION_OUT ? "-Q out" : "-Q");
}

int
device_compile(struct bpf_compiled *c, const struct source_conf *sc, int link,
    char *err, size_t errlen)
{
	static struct filter filter;
	struct filter_request fr = { .fr_expression = sc->sc_filter,
		.fr_interface = sc->sc_name,
		.fr_linktype = link,
		.fr_priv = sc->sc_priv,
		.fr_compiler = sc->sc_compiler,
		.fr_poll = poll };
	char problem[SOURCE_TEXT];
	struct filter_insn *insns;

	if (sc->sc_filter == NULL || c->bc_link == link)
		return 0;
	if (filter_compile(&filter, &fr, problem, sizeof(problem)) == -1) {
		snprintf(err, errlen, "%s: filter: %s", sc->sc_name, problem);
		errno = EINVAL;
		return -1;
	}
	/* At least 1: some systems return NULL for 0. */
	insns = calloc(filter.f_len + 1, sizeof(*insns));
	if (insns == NULL) {
		snprintf(err, errlen, "%s: %s", sc->sc_name, strerror(errno));
		return -1;
	}
	memcpy(insns, filter.f_insns, filter.f_len * sizeof(*insns));
	free(c->bc_insns);
	c->bc_link = link;
	c->bc_len = filter.f_len;
	c->bc_insns = insns;
	return 0;
}

/*
 * Configures and attaches a device.  The order matters.  Immediate mode comes
 * before the interface: on OpenBSD, packets queued earlier never wake.  A
 * filter that accepts nothing comes before the interface, too: the final filter
 * and the direction need the link type, which is known afterwards.  Setting the
 * final filter resets the counters.  The lock comes last: on most systems it
 * applies to root, too.
 */
static int
configure(struct source_device *sd, const struct source_conf *sc,
    struct bpf_compiled *c, const struct error_text *t)
{
	const int fd = sd->sd_fd;
	unsigned int length = BPF_BUFFER, type, yes = 1;
	size_t keep;
	int result;

	if (ioctl(fd, BIOCSBLEN, &length) == -1 ||
	    ioctl(fd, BIOCGBLEN, &length) == -1)
		return fail(t, "buffer");
	if (ioctl(fd, BIOCIMMEDIATE, &yes) == -1)
		return fail(t, "immediate mode");
	if (set_return(fd, 0) == -1)
		return fail(t, "filter");
	if (attach(fd, sc->sc_name, t) == -1)
		return -1;
	if (ioctl(fd, BIOCGDLT, &type) == -1)
		return fail(t, "link type");
	if (direct(fd, sc, type, t) == -1)
		return -1;
	if (device_compile(c, sc, (int)type, t->et_buf, t->et_len) == -1)
		return -1;
	keep = keys_bpf_reach(sc->sc_keys, sc->sc_nkeys, (int)type);
	result = c->bc_len == 0 ? set_return(fd, keep) :
				  set_filter(fd, c->bc_insns, c->bc_len, keep);
	if (result == -1)
		return fail(t, "filter");
#ifdef BIOCLOCK
	/* ENOTTY: the kernel is older than BIOCLOCK. */
	if (ioctl(fd, BIOCLOCK) == -1 && errno != ENOTTY)
		return fail(t, "lock");
#endif
	sd->sd_link = (int)type;
	sd->sd_buflen = length;
	return 0;
}

int
device_open(const char *dir, const struct source_conf *sc,
    struct bpf_compiled *c, struct source_device *sd, char *err, size_t errlen)
{
	const struct error_text t = { sc->sc_name, err, errlen };
	int saved;

	if ((sd->sd_fd = open_free(dir, &t)) == -1)
		return -1;
	if (configure(sd, sc, c, &t) == 0)
		return 0;
	saved = errno;
	close(sd->sd_fd);
	sd->sd_fd = -1;
	errno = saved;
	return -1;
}
