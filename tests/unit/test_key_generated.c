/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Keys of generated packets, compared with the answers of the generator, and
 * of plain packets with what libpcap's filters accept.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/key_extract.h"

#include "packet_fixture.h"

#define PACKETS 10000
#define FILTERS 300

static const size_t widths[] = { 16, 16, 2, 2, 6, 6, 2 };

/* Returns a spec of 1 to KEY_PARTS parts in any sequence. */
static struct key_spec
draw_spec(void)
{
	struct key_spec ks = { .ks_n = (uint8_t)(1 +
				   packet_draw(2) * packet_draw(KEY_PARTS)) };
	unsigned int taken = 0, kind;
	struct key_part *part;

	for (part = ks.ks_parts; part < ks.ks_parts + ks.ks_n; part++) {
		do
			kind = packet_draw(KEY_KINDS);
		while ((taken & 1U << kind) != 0);
		taken |= 1U << kind;
		part->kp_kind = (uint8_t)kind;
		if (kind > KEY_DESTINATION)
			continue;
		part->kp_v4 = 32;
		part->kp_v6 = 128;
		if (packet_draw(2) == 0)
			part->kp_v4 = (uint8_t)packet_draw(33);
		if (packet_draw(2) == 0)
			part->kp_v6 = (uint8_t)packet_draw(129);
	}
	return ks;
}

/* Clears the bits of an address from `bits` on, one by one. */
static void
cut(uint8_t *address, unsigned int bits)
{
	for (; bits < 128; bits++)
		address[bits / 8] &= (uint8_t) ~(0x80U >> bits % 8);
}

/* Returns the answer of the generator. */
static enum key_found
expect(const struct packet *p, const struct key_spec *ks, struct key *key)
{
	const struct key_part *part;
	enum key_found worst = KEY_FOUND;
	unsigned int kind;
	uint8_t *to = key->k_bytes + 4;

	memset(key, 0, sizeof(*key));
	for (kind = 0; kind < KEY_KINDS; kind++)
		for (part = ks->ks_parts; part < ks->ks_parts + ks->ks_n;
		     part++) {
			if (part->kp_kind != kind)
				continue;
			if (packet_find(p, kind) > worst)
				worst = packet_find(p, kind);
			memcpy(to, p->p_bytes + p->p_paths[kind].pa_at,
			    kind < 2 && !p->p_v6 ? 4 : widths[kind]);
			if (kind < 2) {
				cut(to, p->p_v6 ? part->kp_v6 : part->kp_v4);
				key->k_bytes[0] = p->p_v6 ? 6 : 4;
			}
			if (kind == KEY_VLAN && p->p_packet.pk_tagged) {
				to[0] = (uint8_t)(p->p_packet.pk_tag >> 8);
				to[1] = (uint8_t)p->p_packet.pk_tag;
			}
			if (kind == KEY_VLAN)
				to[0] &= 0xf;
			to += widths[kind];
		}
	return worst;
}

/* The bytes are at the end of memory, for the sanitizers and valgrind. */
static enum key_found
extract(const struct packet *p, const struct key_spec *ks, struct key *key)
{
	static uint8_t memory[PACKET_MAX];
	struct key_packet packet = p->p_packet;
	uint8_t *bytes = memory + sizeof(memory) - packet.pk_captured;

	memcpy(bytes, p->p_bytes, packet.pk_captured);
	packet.pk_bytes = bytes;
	memset(key, 0xff, sizeof(*key));
	return key_extract(ks, &packet, key);
}

static void
generated(void **state)
{
	struct key got, want;
	struct packet p;
	struct key_spec ks;
	enum key_found found;
	unsigned int link, i, met[3] = { 0 };

	(void)state;
	packet_seed = 15;
	for (link = 0; link < KEY_LINKS; link++)
		for (i = 0; i < PACKETS; i++) {
			packet_generate(&p, (enum key_link)link);
			ks = draw_spec();
			assert_true(key_spec_valid(&ks));
			found = expect(&p, &ks, &want);
			assert_int_equal(extract(&p, &ks, &got), found);
			met[found]++;
			if (found != KEY_FOUND)
				continue;
			assert_memory_equal(&got, &want, sizeof(got));
			assert_true(key_valid(&ks, &got));
		}
	for (i = 0; i < 3; i++)
		assert_true(met[i] > PACKETS / 2);
}

/* No bytes at all, and random ones: nothing is read behind them. */
static void
random_bytes(void **state)
{
	struct packet p;
	struct key_spec ks;
	struct key key;
	unsigned int link, i;

	(void)state;
	packet_seed = 16;
	memset(&p, 0, sizeof(p));
	for (link = 0; link < KEY_LINKS; link++)
		for (i = 0; i < PACKETS; i++) {
			p.p_packet.pk_link = (enum key_link)link;
			p.p_n = 0;
			put_random(&p, packet_draw(100));
			p.p_packet.pk_captured = p.p_n;
			p.p_packet.pk_length = packet_draw(150);
			ks = draw_spec();
			if (extract(&p, &ks, &key) == KEY_FOUND)
				assert_true(key_valid(&ks, &key));
		}
}

/* Returns true if libpcap's filter accepts the packet. */
static bool
accepts(const struct packet *p, int link, const char *text)
{
	static pcap_t *dead;
	struct bpf_program prog;
	struct pcap_pkthdr header = { .caplen = (bpf_u_int32)p->p_n,
		.len = (bpf_u_int32)p->p_n };
	int verdict;

	dead = pcap_open_dead(link, 65535);
	assert_non_null(dead);
	if (pcap_compile(dead, &prog, text, 1, PCAP_NETMASK_UNKNOWN) == -1)
		fail_msg("%s: %s", text, pcap_geterr(dead));
	verdict = pcap_offline_filter(&prog, &header, p->p_bytes);
	pcap_freecode(&prog);
	pcap_close(dead);
	return verdict != 0;
}

static void
judge(const struct packet *p, int link)
{
	static const struct key_spec ks = { 4,
		{ { KEY_SOURCE, 32, 128 }, { KEY_DESTINATION, 32, 128 },
		    { KEY_SOURCE_PORT, 0, 0 }, { KEY_PORT, 0, 0 } } };
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN], text[256];
	struct key key;
	const uint8_t *b = key.k_bytes;
	enum key_found found = extract(p, &ks, &key);
	int family = b[0] == 6 ? AF_INET6 : AF_INET;

	assert_int_equal(found == KEY_FOUND,
	    accepts(p, link, "(ip or ip6) and (tcp or udp or sctp)"));
	if (found != KEY_FOUND)
		return;
	inet_ntop(family, b + 4, from, sizeof(from));
	inet_ntop(family, b + 20, to, sizeof(to));
	snprintf(text, sizeof(text),
	    "src host %s and dst host %s and src port %d and dst port %d", from,
	    to, b[36] << 8 | b[37], b[38] << 8 | b[39]);
	if (!accepts(p, link, text))
		fail_msg("rejected: %s", text);
}

static void
like_libpcap(void **state)
{
	static const struct {
		enum key_link link;
		int type;
	} links[] = { { KEY_LINK_ETHERNET, DLT_EN10MB },
		{ KEY_LINK_IP, DLT_RAW }, { KEY_LINK_SLL, DLT_LINUX_SLL },
		{ KEY_LINK_SLL2, DLT_LINUX_SLL2 }, { KEY_LINK_PPP, DLT_PPP } };
	struct packet p;
	size_t i;
	unsigned int n;

	(void)state;
	packet_seed = 17;
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		for (n = 0; n < FILTERS;) {
			packet_generate(&p, links[i].link);
			/* libpcap knows PPP with FF 03 only. */
			if (!p.p_plain || p.p_packet.pk_captured != p.p_n ||
			    p.p_packet.pk_length != p.p_n || p.p_n < 64 ||
			    (links[i].link == KEY_LINK_PPP &&
				p.p_bytes[0] != 0xff))
				continue;
			judge(&p, links[i].type);
			n++;
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated),
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(like_libpcap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
