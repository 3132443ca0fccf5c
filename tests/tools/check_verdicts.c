/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * check_verdicts sender receiver frames link < expressions: compares for each
 * expression, on `frames` frames, the verdicts of the kernel's classic filter,
 * of its translation, and of libpcap's interpreter where that can decide.
 * Prints differences and totals.
 *
 * The interfaces are Ethernet for the kernel; packets of other links are frames
 * with another beginning.  "cooked" packets come without a header.
 */
#include <sys/socket.h>

#include <net/if.h>

#include <linux/filter.h>

#include <err.h>
#include <pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/filter.h"
#include "judge.h"
#include "priv/priv.h"
#include "source/linux/linktype.h"

#define SLL2_SIZE 20

struct packet {
	unsigned char pk_data[FRAME_MAX];
	size_t pk_len;
};

static const struct {
	const char *k_name;
	int k_type;
} kinds[] = {
	{ "ethernet", DLT_EN10MB },
	{ "raw", DLT_RAW },
	{ "ppp", DLT_PPP },
	{ "cooked", DLT_LINUX_SLL2 },
};

struct totals {
	long t_expressions;
	long t_refused; /* rejected by libpcap for this link */
	long t_loops;	/* rejected by the kernel, mostly loops */
	long t_verdicts;
	long t_accepted;
	long t_libpcap; /* verdicts that libpcap could give */
	long t_differences;
};

/* Converts an Ethernet frame to a packet of the link; returns its length. */
static size_t
convert(int link, unsigned char *data, size_t len)
{
	static const unsigned char protocols[][6] = {
		{ 0x08, 0x00, 0xff, 0x03, 0x00, 0x21 },
		{ 0x86, 0xdd, 0xff, 0x03, 0x00, 0x57 },
		{ 0x88, 0x47, 0xff, 0x03, 0x02, 0x81 },
		{ 0, 0, 0xff, 0x03, 0xc0, 0x21 },
	};
	size_t i = 0;

	if (link == DLT_EN10MB || link == DLT_LINUX_SLL2)
		return len;
	if (link == DLT_RAW) {
		memmove(data, data + 14, len - 14);
		return len - 14;
	}
	while (i < 3 && memcmp(data + 12, protocols[i], 2) != 0)
		i++;
	memcpy(data + 10, protocols[i] + 2, 4);
	memmove(data, data + 10, len - 10);
	return len - 10;
}

/* Makes packets that arrive; the kernel drops some malformed ones. */
static size_t
make_packets(struct judge *j, int link, struct packet *p, size_t wanted)
{
	static struct verdict v;
	size_t n = 0, tries;

	for (tries = 0; n < wanted && tries < 2 * wanted; tries++) {
		p[n].pk_len = convert(link, p[n].pk_data, frame(p[n].pk_data));
		if (judge_frame(j, p[n].pk_data, p[n].pk_len, &v) == 0)
			n++;
	}
	return n;
}

/* Returns true if libpcap's interpreter gives the kernel's result. */
static bool
is_known(const struct filter_insn *in, int link)
{
	unsigned int class = BPF_CLASS(in->fi_code);

	if (class == BPF_LD && BPF_MODE(in->fi_code) == BPF_ABS)
		return in->fi_k < (uint32_t)SKF_AD_OFF;
	/* libpcap counts the pseudo header in the packet's length. */
	if (class == BPF_LD || class == BPF_LDX)
		return link != DLT_LINUX_SLL2 ||
		    BPF_MODE(in->fi_code) != BPF_LEN;
	/* Shifts by 32 and more: 0 in libpcap, by k % 32 in the kernel. */
	return in->fi_code != (BPF_ALU | BPF_LSH | BPF_X) &&
	    in->fi_code != (BPF_ALU | BPF_RSH | BPF_X);
}

/* Returns libpcap's verdict on a received packet, or -1 if unknown. */
static int
ask_libpcap(const struct filter *f, int link, const struct verdict *v)
{
	static unsigned char data[sizeof(v->v_data) + SLL2_SIZE];
	struct bpf_program prog;
	struct pcap_pkthdr header;
	size_t i, head = 0;

	for (i = 0; i < f->f_len; i++)
		if (!is_known(&f->f_insns[i], link))
			return -1;
	if (link == DLT_LINUX_SLL2) {
		head = SLL2_SIZE;
		memset(data, 0, head);
		data[0] = (unsigned char)(v->v_protocol >> 8);
		data[1] = (unsigned char)v->v_protocol;
		data[7] = (unsigned char)v->v_ifindex;
		data[8] = (unsigned char)(v->v_hardware >> 8);
		data[9] = (unsigned char)v->v_hardware;
		data[10] = v->v_type;
	}
	memcpy(data + head, v->v_data, v->v_len);
	memset(&header, 0, sizeof(header));
	header.caplen = header.len = (bpf_u_int32)(v->v_len + head);
	prog.bf_len = (unsigned int)f->f_len;
	prog.bf_insns = (struct bpf_insn *)(uintptr_t)f->f_insns;
	return pcap_offline_filter(&prog, &header, data) != 0;
}

/*
 * Returns true if the filter saw other data than the socket delivered: a tagged
 * packet without a header has another protocol, and on loopback the tag is in
 * the data as the packet leaves, and metadata as it arrives.
 */
static bool
is_other(int link, const struct packet *p, const struct verdict *v)
{
	return (v->v_ifindex == 1 || link == DLT_LINUX_SLL2) &&
	    (memcmp(p->pk_data + 12, "\x81\x00", 2) == 0 ||
		memcmp(p->pk_data + 12, "\x88\xa8", 2) == 0);
}

static void
compare(struct judge *j, const char *expression, const struct filter *f,
    int link, const struct packet *p, struct totals *t)
{
	static struct verdict v;
	unsigned int times;
	int libpcap = -1;

	if (judge_frame(j, p->pk_data, p->pk_len, &v) == -1)
		errx(1, "a frame was lost");
	t->t_verdicts++;
	t->t_accepted += v.v_classic != 0;
	/* A loopback packet leaves and arrives. */
	times = v.v_ifindex == 1 ? 2 : 1;
	if (!is_other(link, p, &v))
		libpcap = ask_libpcap(f, link, &v);
	t->t_libpcap += libpcap != -1;
	if (v.v_classic == v.v_extended &&
	    (libpcap == -1 || (unsigned int)libpcap * times == v.v_classic))
		return;
	t->t_differences++;
	printf("%s: classic %u, extended %u, libpcap %d, %zu bytes\n",
	    expression, v.v_classic, v.v_extended, libpcap, p->pk_len);
}

static void
judge_expression(struct judge *j, const char *expression, int link,
    const struct packet *p, size_t n, struct totals *t)
{
	static struct filter f, raw;
	static struct priv priv;
	struct filter_request fr = { .fr_expression = expression,
		.fr_interface = "lo",
		.fr_linktype = link,
		.fr_priv = &priv,
		.fr_poll = poll };
	char problem[512];
	const char *strange;
	int refused;
	size_t i;

	if (priv.p_watcher_uid == 0 && priv_user_lookup(&priv, NULL) != NULL)
		errx(1, "users");
	t->t_expressions++;
	if (filter_compile(&f, &fr, problem, sizeof(problem)) == -1) {
		t->t_refused++;
		if (link == DLT_EN10MB)
			printf("%s: %s\n", expression, problem);
		return;
	}
	raw = f;
	if (linktype_is_cooked(link) &&
	    linktype_cook(&f, problem, sizeof(problem)) == -1) {
		t->t_refused++;
		return;
	}
	strange = judge_by(
	    j, (struct sock_filter *)(void *)f.f_insns, f.f_len, &refused);
	if (strange != NULL) {
		t->t_differences++;
		printf("%s: %s\n", expression, strange);
	}
	t->t_loops += refused;
	if (strange != NULL || refused)
		return;
	for (i = 0; i < n; i++)
		compare(j, expression, &raw, link, &p[i], t);
}

int
main(int argc, char **argv)
{
	struct totals t = { 0, 0, 0, 0, 0, 0, 0 };
	struct packet *p;
	struct judge j;
	char line[1024];
	size_t kind = 0, n;

	if (argc != 5)
		errx(2, "usage: check_verdicts sender receiver frames link");
	n = strtoul(argv[3], NULL, 10);
	while (strcmp(kinds[kind].k_name, argv[4]) != 0)
		if (++kind == sizeof(kinds) / sizeof(kinds[0]))
			errx(2, "%s: no such link", argv[4]);
	if ((p = calloc(n, sizeof(*p))) == NULL)
		err(1, "memory");
	chance_seed(7);
	judge_open(&j,
	    linktype_is_cooked(kinds[kind].k_type) ? SOCK_DGRAM : SOCK_RAW,
	    argv[1], argv[2]);
	n = make_packets(&j, kinds[kind].k_type, p, n);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		judge_expression(&j, line, kinds[kind].k_type, p, n, &t);
	}
	judge_close(&j);
	free(p);
	printf(
	    "%ld expressions: %ld not for this link, %ld not for the kernel; "
	    "%zu packets, %ld verdicts, %ld accepted, %ld also by libpcap, "
	    "%ld differences\n",
	    t.t_expressions, t.t_refused, t.t_loops, n, t.t_verdicts,
	    t.t_accepted, t.t_libpcap, t.t_differences);
	return t.t_differences != 0;
}
