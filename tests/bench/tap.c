/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * tap interface [file]: opens a packet socket whose filter accepts nothing, and
 * waits: the least cost of any socket filter.  The file can have another
 * filter, in the format of tcpdump -ddd.
 */
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct sock_filter filter[BPF_MAXINSNS] = { BPF_STMT(
    BPF_RET | BPF_K, 0) };
static struct sock_fprog program = { .len = 1, .filter = filter };

static void
read_filter(const char *path)
{
	struct sock_filter *f = filter;
	FILE *fp;

	if ((fp = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	if (fscanf(fp, "%hu", &program.len) != 1 || program.len > BPF_MAXINSNS)
		errx(1, "%s: no filter", path);
	for (; f < filter + program.len; f++)
		if (fscanf(fp, "%hu %hhu %hhu %u", &f->code, &f->jt, &f->jf,
			&f->k) != 4)
			errx(1, "%s: it is cut off", path);
	fclose(fp);
}

int
main(int argc, char **argv)
{
	struct sockaddr_ll sll;
	int sock;

	if (argc < 2 || argc > 3)
		errx(2, "usage: tap interface [file]");
	if (argc == 3)
		read_filter(argv[2]);
	if ((sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) == -1)
		err(1, "packet socket");
	if (setsockopt(sock, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		sizeof(program)) == -1)
		err(1, "filter");
	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(ETH_P_ALL);
	if ((sll.sll_ifindex = (int)if_nametoindex(argv[1])) == 0)
		err(1, "%s", argv[1]);
	if (bind(sock, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "bind");
	fprintf(stderr, "listening\n");
	for (;;)
		pause();
}
