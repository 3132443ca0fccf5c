/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * savefile file expression: reads the file in libpcap's own loop with the
 * filter and prints the number of accepted packets: the least cost of a replay.
 */
#include <err.h>
#include <pcap.h>
#include <stdio.h>

static unsigned long packets;

static void
count(u_char *arg, const struct pcap_pkthdr *header, const u_char *data)
{
	(void)arg;
	(void)header;
	(void)data;
	packets++;
}

int
main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct bpf_program prog;
	pcap_t *p;

	if (argc != 3)
		errx(2, "usage: savefile file expression");
	if ((p = pcap_open_offline(argv[1], error)) == NULL)
		errx(1, "%s", error);
	if (pcap_compile(p, &prog, argv[2], 1, 0) == -1 ||
	    pcap_setfilter(p, &prog) == -1 || pcap_loop(p, -1, count, NULL) < 0)
		errx(1, "%s", pcap_geterr(p));
	printf("%lu\n", packets);
	return 0;
}
