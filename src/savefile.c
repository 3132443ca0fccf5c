#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "filter.h"
#include "savefile.h"
#include "text.h"

/* Seconds for which nanoseconds fit into 63 bits, to the year 2262. */
#define SECONDS_MAX UINT64_C(9223372035)

static char buffer[256 * 1024];

int
savefile_open(const char *path)
{
	struct stat st;
	int fd;

	if ((fd = text_open('r', path)) == -1 || fstat(fd, &st) == -1)
		err(1, "%s", path);
	if (S_ISDIR(st.st_mode))
		errc(1, EISDIR, "%s", path);
	return fd;
}

/* Of fopencookie(3): libpcap waits for nothing but through this. */
static ssize_t
take(void *arg, char *buf, size_t len)
{
	struct savefile *sf = arg;
	ssize_t n;

	do {
		n = sf->sf_wait(sf->sf_arg) ? read(sf->sf_fd, buf, len) : 0;
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n == -1)
		sf->sf_error = errno;
	else if (n == 0)
		sf->sf_ended = true;
	else
		sf->sf_started = true;
	return n;
}

static int
fail(struct savefile *sf, enum order_place place)
{
	sf->sf_place = sf->sf_error != 0 ? PLACE_READ : place;
	return -1;
}

int
savefile_begin(struct savefile *sf, int fd, bool (*wait)(void *), void *arg)
{
	char error[PCAP_ERRBUF_SIZE];
	const cookie_io_functions_t io = { .read = take };
	FILE *fp;
	int linktype;

	memset(sf, 0, sizeof(*sf));
	sf->sf_fd = fd;
	sf->sf_wait = wait;
	sf->sf_arg = arg;
	if ((fp = fopencookie(sf, "r", io)) == NULL) {
		sf->sf_error = errno;
		return fail(sf, PLACE_READ);
	}
	setvbuf(fp, buffer, _IOFBF, sizeof(buffer));
	sf->sf_pcap = pcap_fopen_offline_with_tstamp_precision(
	    fp, PCAP_TSTAMP_PRECISION_NANO, error);
	if (sf->sf_pcap == NULL)
		return fail(sf, sf->sf_started ? PLACE_FORMAT : PLACE_EMPTY);
	linktype = pcap_datalink(sf->sf_pcap);
	return linktype < 0 ? fail(sf, PLACE_FORMAT) : linktype;
}

int
savefile_filter(struct savefile *sf, const struct filter *f)
{
	static struct bpf_insn insns[FILTER_MAX];
	struct bpf_program prog = { .bf_len = (unsigned int)f->f_len,
		.bf_insns = insns };
	size_t i;

	for (i = 0; i < f->f_len; i++)
		insns[i] = (struct bpf_insn){
			.code = f->f_insns[i].fi_code,
			.jt = f->f_insns[i].fi_jt,
			.jf = f->f_insns[i].fi_jf,
			.k = f->f_insns[i].fi_k,
		};
	/* It looks whether the program is a sound one. */
	if (f->f_len != 0 && pcap_setfilter(sf->sf_pcap, &prog) == -1)
		return fail(sf, PLACE_FILTER);
	return 0;
}

static uint64_t
nanoseconds(const struct timeval *tv)
{
	uint64_t seconds = tv->tv_sec < 0 ? 0 : (uint64_t)tv->tv_sec;

	if (seconds > SECONDS_MAX)
		seconds = SECONDS_MAX;
	/* The file may lie here as anywhere. */
	return seconds * CLOCK_S + (uint64_t)tv->tv_usec % CLOCK_S;
}

enum savefile_got
savefile_next(struct savefile *sf, uint64_t *time)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	int got = pcap_next_ex(sf->sf_pcap, &header, &data);

	if (got == 1) {
		*time = nanoseconds(&header->ts);
		return SAVEFILE_PACKET;
	}
	if (got == PCAP_ERROR_BREAK && sf->sf_error == 0)
		return SAVEFILE_END;
	fail(sf, sf->sf_ended ? PLACE_CUT : PLACE_DAMAGED);
	return SAVEFILE_ERROR;
}
