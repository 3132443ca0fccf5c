/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Makes the keys of real packets, with tags in the bytes and outside, and
 * compares them with key_extract() of the packet that another socket received.
 *
 *	check_key_frames LINK SENDER RECEIVER FRAMES
 *
 * The program sees the frames, sent on one interface, on the receiver, which
 * may be the same interface.
 */
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <err.h>
#include <pcap/dlt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "judge.h"
#include "key_program.h"
#include "sender.h"

/* A received packet. */
struct received {
	uint8_t re_bytes[FRAME_MAX + 64];
	struct key_packet re_packet;
};

struct sums {
	unsigned long s_frames;
	unsigned long s_found;
	unsigned long s_tagged; /* tag was metadata */
	unsigned long s_inside; /* tag was in the bytes */
	unsigned long s_differences;
};

static struct key_program_result *result;

static int
open_socket(int type, const char *name)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name) };
	int fd = socket(AF_PACKET, type | SOCK_CLOEXEC, 0), one = 1;

	if (fd == -1 ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ==
		-1 ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "%s", name);
	return fd;
}

/* Receives a packet within `timeout` ms.  Returns false if none comes. */
static bool
receive(int sock, struct received *re, int timeout)
{
	union {
		struct cmsghdr c_head;
		char c_bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec iov = { re->re_bytes, sizeof(re->re_bytes) };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct pollfd pfd = { .fd = sock, .events = POLLIN };
	struct tpacket_auxdata aux;
	struct cmsghdr *c;
	ssize_t n;

	if (poll(&pfd, 1, timeout) != 1)
		return false;
	if ((n = recvmsg(sock, &m, MSG_DONTWAIT)) == -1)
		err(1, "receive");
	if ((c = CMSG_FIRSTHDR(&m)) == NULL)
		errx(1, "no metadata");
	memcpy(&aux, CMSG_DATA(c), sizeof(aux));
	re->re_packet = (struct key_packet){
		.pk_link = KEY_LINK_ETHERNET,
		.pk_bytes = re->re_bytes,
		.pk_captured = (size_t)n,
		.pk_length = (size_t)n,
		.pk_tagged = (aux.tp_status & TP_STATUS_VLAN_VALID) != 0,
		.pk_tag = aux.tp_vlan_tci,
	};
	return true;
}

static void
compare(const struct received *re, const char *text, struct sums *s)
{
	const struct key_spec ks = key_program_spec(text);
	struct key want;
	enum key_found found = key_extract(&ks, &re->re_packet, &want);

	s->s_frames++;
	s->s_found += found == KEY_FOUND;
	s->s_tagged += re->re_packet.pk_tagged;
	s->s_inside += re->re_bytes[12] == 0x81 && re->re_bytes[13] == 0;
	if (key_program_is(result, &ks, found, &want) || s->s_differences++ > 5)
		return;
	printf("%s: %llu instead of %d, tag %d\n", text,
	    (unsigned long long)result->kr_answer, 1 + (int)found,
	    re->re_packet.pk_tagged ? re->re_packet.pk_tag : -1);
	key_program_print("frame ", re->re_bytes, re->re_packet.pk_length);
	key_program_print("wanted", want.k_bytes, key_size(&ks));
	key_program_print("got   ", result->kr_key, key_size(&ks));
}

/*
 * Sends a frame, and receives it or, since the kernel drops some that are
 * damaged, the valid one that is sent then.
 */
static void
exchange(int sender, int all, struct received *re)
{
	static const unsigned char good[60] = { 2, 0, 0, 0, 0, 1 };
	static unsigned char data[FRAME_MAX];

	memset(result, 0xff, sizeof(*result));
	if (send(sender, data, frame(data), 0) != -1 && receive(all, re, 2))
		return;
	if (send(sender, good, sizeof(good), 0) == -1)
		err(1, "send");
	do
		if (!receive(all, re, 10000))
			errx(1, "a frame does not arrive");
	while (memcmp(re->re_bytes, good, sizeof(good)) != 0);
}

static void
check(const char *text, int link, char **names, unsigned long frames,
    struct sums *s)
{
	static struct received re;
	const struct key_spec ks = key_program_spec(text);
	/* The kernel serves the oldest socket last. */
	int all = open_socket(SOCK_RAW, names[1]);
	int keyed =
	    open_socket(link == DLT_EN10MB ? SOCK_RAW : SOCK_DGRAM, names[1]);
	int sender = sender_open(names[0], false);
	unsigned int verified;
	unsigned long i;
	int prog = key_program_load(key_program_write(&ks, link), &verified);

	if (setsockopt(keyed, SOL_SOCKET, SO_ATTACH_BPF, &prog, sizeof(prog)) ==
	    -1)
		err(1, "attach");
	for (i = 0; i < frames; i++) {
		exchange(sender, all, &re);
		compare(&re, text, s);
	}
	close(prog);
	close(sender);
	close(keyed);
	close(all);
}

int
main(int argc, char **argv)
{
	struct sums s = { 0 };
	int link;
	size_t i;

	if (argc != 5)
		errx(2, "usage: check_key_frames link sender receiver frames");
	link = strcmp(argv[1], "cooked") == 0 ? DLT_LINUX_SLL2 : DLT_EN10MB;
	chance_seed(15);
	result = key_program_begin();
	for (i = 0; i < key_program_ntexts; i++) {
		/* Cooked packets have none. */
		if (link != DLT_EN10MB &&
		    strstr(key_program_texts[i], "mac") != NULL)
			continue;
		check(key_program_texts[i], link, argv + 2,
		    strtoul(argv[4], NULL, 10), &s);
	}
	printf("%s from %s to %s: %lu frames, %lu found, %lu tags outside the "
	       "bytes, %lu inside, %lu differences\n",
	    argv[1], argv[2], argv[3], s.s_frames, s.s_found, s.s_tagged,
	    s.s_inside, s.s_differences);
	return s.s_differences != 0;
}
