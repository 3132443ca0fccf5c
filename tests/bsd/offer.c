/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * The network of the model: creates and destroys interfaces, sends packets and
 * prints statistics.  Usage: BPF_MODEL=file offer command [argument ...]
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <net/route.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "packet.h"

static int sock;

static uint64_t
number(const char *text, uint64_t max)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || *text == '\0' || *end != '\0' || n > max)
		errx(2, "%s: not a number", text);
	return n;
}

static int
find(const char *name)
{
	int i;

	for (i = 0; i < IFACES; i++)
		if (strcmp(kernel->k_ifaces[i].if_name, name) == 0)
			return i;
	errx(1, "%s: no such interface", name);
}

/* Wakes polls of a device.  Returns false if the device is closed. */
static bool
notify(struct device *d)
{
	struct sockaddr_un sun;
	socklen_t len;

	if (d->d_notified)
		return true;
	len = kernel_address(&sun, "bpf", (int)(d - kernel->k_devices));
	if (sendto(sock, "", 1, MSG_DONTWAIT, (struct sockaddr *)&sun, len) ==
	    -1)
		return errno == EAGAIN;
	d->d_notified = true;
	return true;
}

/* Sends to all routing sockets; a full socket is readable already. */
static void
send_message(const void *message, size_t len)
{
	struct sockaddr_un sun;
	socklen_t n;
	int i;

	for (i = 0; i < ROUTES; i++) {
		n = kernel_address(&sun, "route", i);
		(void)sendto(sock, message, len, MSG_DONTWAIT,
		    (struct sockaddr *)&sun, n);
	}
}

static void
send_info(int iface)
{
	struct if_msghdr m;

	memset(&m, 0, sizeof(m));
	m.ifm_msglen = sizeof(m);
	m.ifm_version = RTM_VERSION;
	m.ifm_type = RTM_IFINFO;
	m.ifm_index = (u_short)(iface + 1);
	m.ifm_flags = kernel->k_ifaces[iface].if_flags;
	send_message(&m, sizeof(m));
}

#ifdef RTM_IFANNOUNCE
static void
announce(int iface, u_short what)
{
	struct if_announcemsghdr m;

	memset(&m, 0, sizeof(m));
	m.ifan_msglen = sizeof(m);
	m.ifan_version = RTM_VERSION;
	m.ifan_type = RTM_IFANNOUNCE;
	m.ifan_index = (u_short)(iface + 1);
	memcpy(m.ifan_name, kernel->k_ifaces[iface].if_name, IFNAMSIZ);
	m.ifan_what = what;
	send_message(&m, sizeof(m));
}

static void
arrives(int iface)
{
	announce(iface, IFAN_ARRIVAL);
}

static void
departs(int iface)
{
	announce(iface, IFAN_DEPARTURE);
}
#else
/* macOS announces no arrival or departure. */
static void
arrives(int iface)
{
	send_info(iface);
}

static void
departs(int iface)
{
	(void)iface;
}
#endif

static void
set_name(int iface, const char *name)
{
	int i;

	for (i = 0; i < IFACES; i++)
		if (strcmp(kernel->k_ifaces[i].if_name, name) == 0)
			errx(1, "%s: exists already", name);
	snprintf(kernel->k_ifaces[iface].if_name, IFNAMSIZ, "%s", name);
}

static void
create(const char *name, const char *dlt)
{
	struct iface *f;
	int i;

	for (i = 0; i < IFACES; i++)
		if (kernel->k_ifaces[i].if_name[0] == '\0')
			break;
	if (i == IFACES)
		errx(1, "%s: too many interfaces", name);
	set_name(i, name);
	f = &kernel->k_ifaces[i];
	f->if_dlt = DLT_EN10MB;
	if (dlt != NULL)
		f->if_dlt = (unsigned int)number(dlt, 1000);
	f->if_flags = IFF_UP;
	f->if_direction = f->if_dlt == DLT_PFLOG ? OUT : -1;
	if (strncmp(name, "lo", 2) == 0) {
		f->if_flags |= IFF_LOOPBACK;
		f->if_direction = FL_LOOPBACK;
	}
	arrives(i);
}

static void
destroy(const char *name)
{
	struct device *d;
	int iface = find(name);

	for (d = kernel->k_devices; d < kernel->k_devices + DEVICES; d++) {
		if (d->d_iface != iface)
			continue;
		d->d_iface = -1;
		d->d_gone = true;
		if (FL_GONE_WAKES)
			notify(d);
	}
	departs(iface);
	memset(&kernel->k_ifaces[iface], 0, sizeof(kernel->k_ifaces[iface]));
}

static void
rename_interface(const char *name, const char *other)
{
	int iface = find(name);

	departs(iface);
	set_name(iface, other);
	arrives(iface);
}

static void
set_up(const char *name, bool up)
{
	int iface = find(name);
	struct iface *f = &kernel->k_ifaces[iface];

	f->if_flags =
	    (short)(up ? f->if_flags | IFF_UP : f->if_flags & ~IFF_UP);
	send_info(iface);
}

static void
offer(int iface, const unsigned char *packet, uint32_t len, int direction)
{
	struct device *d;
	uint64_t now = kernel_now();

	for (d = kernel->k_devices; d < kernel->k_devices + DEVICES; d++)
		if (d->d_iface == iface &&
		    device_catch(d, direction, packet, len, now) && !notify(d))
			d->d_iface = -1;
}

static void
nap(uint64_t until)
{
	struct timespec ts = { (time_t)(until / SECOND),
		(long)(until % SECOND) };

	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/* What to offer. */
struct many {
	int ma_iface;
	uint64_t ma_count;
	uint64_t ma_burst;    /* packets at once */
	uint64_t ma_interval; /* between bursts, ns */
	bool ma_apart;	      /* since the last burst, not since its start */
	int ma_direction;     /* -1: from pair to pair the other one */
	struct packets ma_packets;
};

/* Offers packets while the lock keeps readers out. */
static void
offer_burst(const struct many *ma, uint64_t from, uint64_t to)
{
	const struct iface *f = &kernel->k_ifaces[ma->ma_iface];
	int only = f->if_direction != -1 ? f->if_direction : ma->ma_direction;
	unsigned char packet[PACKET_MAX];
	uint32_t len;
	uint64_t i;

	kernel_lock();
	for (i = from; i < to && f->if_flags & IFF_UP; i++) {
		len = packet_write(packet, &ma->ma_packets, i);
		offer(ma->ma_iface, packet, len,
		    only != -1 ? only : (int)(i / 2 % 2));
	}
	kernel_unlock();
	kernel_yield();
}

static void
offer_many(const struct many *ma)
{
	uint64_t i, end, begin = kernel_now(), next = begin;

	for (i = 0; i < ma->ma_count; i = end) {
		end = ma->ma_count - i > ma->ma_burst ? i + ma->ma_burst :
							ma->ma_count;
		offer_burst(ma, i, end);
		next = (ma->ma_apart ? kernel_now() : next) + ma->ma_interval;
		if (end < ma->ma_count && ma->ma_interval > 0)
			nap(next);
	}
	printf("offered %" PRIu64 " in %" PRIu64 " us\n", ma->ma_count,
	    (kernel_now() - begin) / 1000);
}

/* Adds to the counters as if the packets had found no room. */
static void
add_dropped(int iface, uint64_t count)
{
	struct device *d;

	for (d = kernel->k_devices; d < kernel->k_devices + DEVICES; d++) {
		if (d->d_iface != iface)
			continue;
		d->d_recv += count;
		d->d_capt += count;
		d->d_drop += count;
		notify(d);
	}
}

static void
print_devices(void)
{
	const struct device *d;

	for (d = kernel->k_devices; d < kernel->k_devices + DEVICES; d++)
		if (d->d_iface != -1 || d->d_recv != 0)
			printf("bpf%td %s recv %" PRIu64 " accepted %" PRIu64
			       " dropped %" PRIu64 " size %" PRIu32
			       " unread %" PRIu32 "\n",
			    d - kernel->k_devices,
			    d->d_iface == -1 ?
				"-" :
				kernel->k_ifaces[d->d_iface].if_name,
			    d->d_recv, d->d_capt, d->d_drop, d->d_size,
			    d->d_len[0] + d->d_len[1]);
}

static void
print_processes(void)
{
	const struct proc *p, *end = kernel->k_procs + PROCS;

	for (p = kernel->k_procs; p < end && p->p_pid != 0; p++)
		printf("%d polls %" PRIu64 " reads %" PRIu64 " ioctls %" PRIu64
		       " opens %" PRIu64 " most %" PRIu64 "\n",
		    (int)p->p_pid, p->p_calls[CALL_POLL], p->p_calls[CALL_READ],
		    p->p_calls[CALL_IOCTL], p->p_calls[CALL_OPEN], p->p_most);
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
print_lates(void)
{
	unsigned int n = kernel->k_nlates;

	qsort(kernel->k_lates, n, sizeof(kernel->k_lates[0]), compare);
	printf("%u late, median %" PRIu64 " us, 99%% %" PRIu64
	       " us, max %" PRIu64 " us\n",
	    n, n == 0 ? 0 : kernel->k_lates[n / 2] / 1000,
	    n == 0 ? 0 : kernel->k_lates[n - 1 - n / 100] / 1000,
	    n == 0 ? 0 : kernel->k_lates[n - 1] / 1000);
}

static int
direction(const char *word)
{
	return strcmp(word, "inout") == 0 ? -1 :
	    strcmp(word, "in") == 0	  ? IN :
					    OUT;
}

/*
 * send or apart interface count [burst [microseconds [direction [sources
 * [form]]]]]
 */
static void
read_many(int argc, char **argv)
{
	struct many ma = { .ma_iface = find(argv[2]),
		.ma_count = number(argv[3], UINT64_MAX),
		.ma_burst = 100,
		.ma_apart = argv[1][0] == 'a',
		.ma_direction = -1,
		.ma_packets = { .ps_sources = 1 } };
	int form = PACKET_IP;

	ma.ma_packets.ps_dlt = kernel->k_ifaces[ma.ma_iface].if_dlt;
	if (argc > 4)
		ma.ma_burst = number(argv[4], UINT64_MAX);
	if (argc > 5)
		ma.ma_interval = number(argv[5], UINT32_MAX) * 1000;
	if (argc > 6)
		ma.ma_direction = direction(argv[6]);
	if (argc > 7)
		ma.ma_packets.ps_sources = number(argv[7], 1U << 24);
	if (ma.ma_packets.ps_sources == 0)
		errx(2, "%s: not a number of sources", argv[7]);
	if (argc > 8 && (form = packet_form(argv[8])) == -1)
		errx(2, "%s: no such form", argv[8]);
	ma.ma_packets.ps_form = (enum packet_form)form;
	offer_many(&ma);
}

static void
run_command(int argc, char **argv)
{
	const char *command = argv[1], *name = argv[2];

	if (strcmp(command, "devices") == 0)
		print_devices();
	else if (strcmp(command, "processes") == 0)
		print_processes();
	else if (strcmp(command, "late") == 0)
		print_lates();
	else if (strcmp(command, "violations") == 0)
		printf("%" PRIu64 "\n", kernel->k_violations);
	else if (argc < 3)
		errx(2, "%s: missing argument", command);
	else if (strcmp(command, "every") == 0) {
		kernel->k_every = number(name, UINT64_MAX);
		kernel->k_nlates = 0;
	} else if (strcmp(command, "create") == 0)
		create(name, argv[3]);
	else if (strcmp(command, "destroy") == 0)
		destroy(name);
	else if (strcmp(command, "up") == 0 || strcmp(command, "down") == 0)
		set_up(name, strcmp(command, "up") == 0);
	else if (strcmp(command, "drop") == 0 && argc == 4)
		add_dropped(find(name), number(argv[3], UINT32_MAX));
	else if (strcmp(command, "rename") == 0 && argc == 4)
		rename_interface(name, argv[3]);
	else
		errx(2, "%s: no such command", command);
}

int
main(int argc, char **argv)
{
	const char *path = getenv(KERNEL_ENV);

	if (argc < 2 || path == NULL)
		errx(2, "usage: " KERNEL_ENV "=file offer command [...]");
	if (!kernel_map(path, strcmp(argv[1], "init") == 0))
		err(1, "%s", path);
	if ((sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (strcmp(argv[1], "init") == 0)
		return 0;
	if ((strcmp(argv[1], "send") == 0 || strcmp(argv[1], "apart") == 0) &&
	    argc >= 4) {
		read_many(argc, argv);
		return 0;
	}
	kernel_lock();
	run_command(argc, argv);
	kernel_unlock();
	return 0;
}
