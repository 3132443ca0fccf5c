/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Makes the keys of generated packets with key_extract() and in the kernel, and
 * compares them.  The kernel runs a program without a network: what it is given
 * begins with an Ethernet header, in front of the packet that the program sees.
 *
 *	check_keys LINK PACKETS          compares; prints sums
 *	check_keys cost LINK KEY...      prints instructions and time of each
 */
#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "key_frame.h"
#include "key_program.h"
#include "source/linux/ebpf_insn.h"

static struct key_program_result *result;

/* Returns the link of a name. */
static const struct link *
find_link(const char *name)
{
	const struct link *l = links;

	while (strcmp(l->l_name, name) != 0)
		if (++l == links + sizeof(links) / sizeof(links[0]))
			errx(2, "%s: no such link", name);
	return l;
}

/*
 * Runs the program.  Returns false if the kernel refuses the bytes: behind an
 * Ethernet header for IP they must be long enough.  *ns: time of a run, a mean.
 */
static bool
run(int fd, const uint8_t *data, size_t n, int repeat, unsigned int *ns)
{
	struct bpf_test_run_opts opts = { .sz = sizeof(opts),
		.data_in = data,
		.data_size_in = (uint32_t)n,
		.repeat = repeat };

	if (bpf_prog_test_run_opts(fd, &opts) < 0) {
		if (errno == EINVAL)
			return false;
		err(1, "run of %zu bytes", n);
	}
	*ns = opts.duration;
	return true;
}

struct sums {
	unsigned long s_packets;
	unsigned long s_answers[3]; /* as enum key_found */
	unsigned long s_differences;
};

static void
compare(const struct link *l, int fd, const char *text, struct sums *s)
{
	static uint8_t frame[KEY_FRAME_MAX];
	const struct key_spec ks = key_program_spec(text);
	struct packet p;
	struct key want;
	size_t n, ahead = 0;
	unsigned int ns;
	enum key_found found;

	memset(result, 0xff, sizeof(*result));
	do {
		packet_generate(&p, l->l_link);
		n = write_frame(l, &p, frame, &ahead);
	} while (n == 0 || !run(fd, frame, n, 1, &ns));
	found = expect(l, &p, &ks, ahead, result->kr_bytes, &want);
	s->s_packets++;
	s->s_answers[found]++;
	if (key_program_is(result, &ks, found, &want) || s->s_differences++ > 5)
		return;
	printf("%s: %llu instead of %d, %llu segments\n", text,
	    (unsigned long long)result->kr_answer, 1 + (int)found,
	    (unsigned long long)result->kr_segments);
	key_program_print("frame ", frame, n);
	key_program_print("wanted", want.k_bytes, key_size(&ks));
	key_program_print("got   ", result->kr_key, key_size(&ks));
}

static void
check(const struct link *l, unsigned long packets)
{
	struct sums s = { 0 };
	struct key_spec ks;
	unsigned int verified, most = 0;
	unsigned long i;
	const char *text;
	size_t k;
	int fd;

	packet_seed = 15;
	for (k = 0; k < key_program_ntexts; k++) {
		text = key_program_texts[k];
		ks = key_program_spec(text);
		/* A log group has neither. */
		if (l->l_type == EBPF_KEY_NFLOG &&
		    (strstr(text, "vlan") != NULL ||
			strstr(text, "mac") != NULL))
			continue;
		fd = key_program_load(
		    key_program_write(&ks, l->l_type), &verified);
		if (verified > most)
			most = verified;
		for (i = 0; i < packets; i++)
			compare(l, fd, text, &s);
		close(fd);
	}
	printf("%s: %lu packets, %lu found, %lu cut, %lu keyless, "
	       "%lu differences, %u instructions verified\n",
	    l->l_name, s.s_packets, s.s_answers[KEY_FOUND],
	    s.s_answers[KEY_CUT], s.s_answers[KEY_NONE], s.s_differences, most);
	if (s.s_differences != 0)
		exit(1);
}

/* Returns the best of several means; ns. */
static unsigned int
measure(int fd, const uint8_t *data, size_t n)
{
	unsigned int ns, best = UINT32_MAX, i;

	for (i = 0; i < 10; i++) {
		if (!run(fd, data, n, 200000, &ns))
			errx(1, "no run");
		if (ns < best)
			best = ns;
	}
	return best;
}

/* Plain TCP packets of both versions. */
static size_t
write_plain(const struct link *l, uint8_t *to, bool v6)
{
	struct packet p;
	size_t n, ahead, at;

	for (;;) {
		packet_generate(&p, l->l_link);
		p.p_packet.pk_tagged = false;
		at = p.p_paths[KEY_SOURCE].pa_at;
		if (p.p_plain && p.p_v6 == v6 && p.p_n > 58 &&
		    packet_find(&p, KEY_PORT) == KEY_FOUND &&
		    p.p_bytes[v6 ? at - 2 : at - 3] == IPPROTO_TCP &&
		    (v6 || p.p_bytes[at - 12] == 0x45) &&
		    (n = write_frame(l, &p, to, &ahead)) != 0)
			return n;
	}
}

static void
print_cost(const struct link *l, const char *text)
{
	static uint8_t v4[KEY_FRAME_MAX], v6[KEY_FRAME_MAX];
	const struct key_spec ks = key_program_spec(text);
	unsigned int verified, empty_verified;
	size_t len, n4, n6;
	int fd, empty;

	packet_seed = 15;
	n4 = write_plain(l, v4, false);
	n6 = write_plain(l, v6, true);
	empty = key_program_load(
	    key_program_write(NULL, l->l_type), &empty_verified);
	fd = key_program_load(key_program_write(&ks, l->l_type), &verified);
	len = key_program_write(&ks, l->l_type)->ec_len;
	printf("%-10s %-40s %4zu instructions, %5u verified, "
	       "%3d ns IPv4, %3d ns IPv6\n",
	    l->l_name, text, len, verified - empty_verified,
	    (int)(measure(fd, v4, n4) - measure(empty, v4, n4)),
	    (int)(measure(fd, v6, n6) - measure(empty, v6, n6)));
	close(fd);
	close(empty);
}

int
main(int argc, char **argv)
{
	const bool cost = argc > 1 && strcmp(argv[1], "cost") == 0;
	const struct link *l;
	int i;

	if (argc < 3)
		errx(2, "usage: check_keys link packets | cost link key ...");
	l = find_link(argv[1 + cost]);
	result = key_program_begin();
	if (!cost)
		check(l, strtoul(argv[2], NULL, 10));
	for (i = 3; cost && i < argc; i++)
		print_cost(l, argv[i]);
	return 0;
}
