/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/textfile.h"
#include "filter/filter.h"
#include "watcher/savefile.h"

/* Seconds for which nanoseconds fit into 63 bits, to the year 2262. */
#define SECONDS_MAX INT64_C(9223372035)

/* ns in a unit of the fraction; OpenBSD's libpcap gives microseconds. */
#ifdef PCAP_TSTAMP_PRECISION_NANO
#define FRACTION 1
#else
#define FRACTION 1000
#endif

static char buffer[256 * 1024];

int
savefile_open(const char *path)
{
	struct stat st;
	int fd;

	if ((fd = textfile_open(path)) == -1 || fstat(fd, &st) == -1)
		err(1, "%s", path);
	if (S_ISDIR(st.st_mode))
		errc(1, EISDIR, "%s", path);
	return fd;
}

/* Read function of funopen(3): the only place where libpcap waits. */
static int
read_file(void *arg, char *buf, int len)
{
	struct savefile *sf = arg;
	ssize_t n;

	do {
		n = sf->sf_wait(sf->sf_arg) ?
		    read(sf->sf_fd, buf, (size_t)len) :
		    0;
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n == -1)
		sf->sf_error = errno;
	else if (n == 0)
		sf->sf_ended = true;
	else
		sf->sf_started = true;
	return (int)n;
}

static int
fail(struct savefile *sf, enum order_place place)
{
	sf->sf_place = sf->sf_error != 0 ? PLACE_READ : place;
	return -1;
}

static pcap_t *
open_offline(FILE *fp, char *error)
{
#ifdef PCAP_TSTAMP_PRECISION_NANO
	return pcap_fopen_offline_with_tstamp_precision(
	    fp, PCAP_TSTAMP_PRECISION_NANO, error);
#else
	return pcap_fopen_offline(fp, error);
#endif
}

int
savefile_begin(struct savefile *sf, int fd, bool (*wait)(void *), void *arg)
{
	char error[PCAP_ERRBUF_SIZE];
	FILE *fp;

	memset(sf, 0, sizeof(*sf));
	sf->sf_fd = fd;
	sf->sf_wait = wait;
	sf->sf_arg = arg;
	if ((fp = funopen(sf, read_file, NULL, NULL, NULL)) == NULL) {
		sf->sf_error = errno;
		return fail(sf, PLACE_READ);
	}
	setvbuf(fp, buffer, _IOFBF, sizeof(buffer));
	sf->sf_pcap = open_offline(fp, error);
	if (sf->sf_pcap == NULL)
		return fail(sf, sf->sf_started ? PLACE_FORMAT : PLACE_EMPTY);
	sf->sf_linktype = pcap_datalink(sf->sf_pcap);
	sf->sf_swapped = pcap_is_swapped(sf->sf_pcap) == 1;
	return sf->sf_linktype < 0 ? fail(sf, PLACE_FORMAT) : 0;
}

/*
 * Validates a program by libpcap, which must not apply it: packets that do not
 * count advance the time, too.
 */
static int
validate(struct savefile *sf, struct bpf_insn *insns, size_t n)
{
	struct bpf_insn all = { .code = BPF_RET | BPF_K, .k = UINT32_MAX };
	struct bpf_program prog = { .bf_len = (unsigned int)n,
		.bf_insns = insns };

	if (pcap_setfilter(sf->sf_pcap, &prog) == -1)
		return -1;
	prog.bf_len = 1;
	prog.bf_insns = &all;
	return pcap_setfilter(sf->sf_pcap, &prog);
}

/* Makes room for a filter.  Returns its place, or NULL and errno. */
static struct bpf_insn **
add_filter(struct savefile *sf)
{
	struct bpf_insn **more;
	size_t n = sf->sf_nfilters;

	more = realloc((void *)sf->sf_filters, (n + 1) * sizeof(void *));
	if (more == NULL)
		return NULL;
	sf->sf_filters = more;
	more[n] = NULL;
	sf->sf_nfilters++;
	return &more[n];
}

int
savefile_filter(struct savefile *sf, const struct filter *f)
{
	struct bpf_insn **place = add_filter(sf), *insns;
	size_t i;

	if (place != NULL && f->f_len == 0)
		return 0;
	if (place == NULL || (insns = calloc(f->f_len, sizeof(*insns))) == NULL)
		return fail(sf, PLACE_FILTER);
	*place = insns;
	for (i = 0; i < f->f_len; i++)
		insns[i] = (struct bpf_insn){
			.code = f->f_insns[i].fi_code,
			.jt = f->f_insns[i].fi_jt,
			.jf = f->f_insns[i].fi_jf,
			.k = f->f_insns[i].fi_k,
		};
	return validate(sf, insns, f->f_len) == -1 ? fail(sf, PLACE_FILTER) : 0;
}

static uint64_t
nanoseconds(const struct pcap_pkthdr *header)
{
	int64_t seconds = header->ts.tv_sec;
	uint64_t fraction = (uint64_t)header->ts.tv_usec * FRACTION;

	if (seconds < 0)
		seconds = 0;
	if (seconds > SECONDS_MAX)
		seconds = SECONDS_MAX;
	/* A damaged file may have a fraction of more than a second. */
	return (uint64_t)seconds * CLOCK_S + fraction % CLOCK_S;
}

enum savefile_got
savefile_next(struct savefile *sf, struct savefile_packet *packet)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	int got = pcap_next_ex(sf->sf_pcap, &header, &data);

	if (got == 1) {
		packet->sp_time = nanoseconds(header);
		packet->sp_bytes = header->len;
		packet->sp_captured = header->caplen;
		packet->sp_data = data;
		return SAVEFILE_PACKET;
	}
	if (got == PCAP_ERROR_BREAK && sf->sf_error == 0)
		return SAVEFILE_END;
	fail(sf, sf->sf_ended ? PLACE_CUT : PLACE_DAMAGED);
	return SAVEFILE_ERROR;
}

bool
savefile_accepts(const struct savefile *sf, size_t filter,
    const struct savefile_packet *packet)
{
	const struct bpf_insn *insns = sf->sf_filters[filter];

	return insns == NULL ||
	    bpf_filter(insns, packet->sp_data, packet->sp_bytes,
		packet->sp_captured) != 0;
}
