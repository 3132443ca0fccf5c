/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Keys of packets written by hand. */
#include <pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/key_extract.h"
#include "engine/key_link.h"
#include "engine/key_text.h"

#include "key_fixture.h"

/* Converts digits, with blanks between bytes, and returns their number. */
static size_t
bytes(const char *hex, uint8_t *to)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (; *hex != '\0'; hex += hex[2] == '\0' ? 2 : 3)
		to[n++] = (uint8_t)((strchr(digits, hex[0]) - digits) << 4 |
		    (strchr(digits, hex[1]) - digits));
	return n;
}

#define MACS	 "02 00 00 00 00 0d 02 00 00 00 00 05 "
#define V4(l, f) "45 00 " l " 00 01 " f " 40 11 00 00 c0 00 02 01 c6 33 64 02 "
#define V6(l, n)                                           \
	"60 00 00 00 " l " " n                             \
	" 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00" \
	" 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 "
#define PORTS "30 39 00 35 00 08 00 00"

/* Checks the text of a packet's key; the packet misses bytes at its end. */
static void
check(enum key_link link, const char *by, const char *hex, size_t missing,
    enum key_found found, const char *text)
{
	struct key_spec ks = spec(by);
	struct key_packet p = { .pk_link = link };
	struct key key;
	uint8_t data[256];
	char buf[KEY_TEXT];

	p.pk_length = bytes(hex, data) + missing;
	p.pk_captured = p.pk_length - missing;
	p.pk_bytes = data;
	assert_int_equal(key_extract(&ks, &p, &key), found);
	if (found != KEY_FOUND)
		return;
	assert_true(key_valid(&ks, &key));
	key_text(&ks, &key, buf, sizeof(buf));
	assert_string_equal(buf, text);
}

static void
found(enum key_link link, const char *by, const char *hex, const char *text)
{
	check(link, by, hex, 0, KEY_FOUND, text);
}

static void
keyless(enum key_link link, const char *by, const char *hex)
{
	check(link, by, hex, 0, KEY_NONE, NULL);
}

static void
ethernet(void **state)
{
	static const char v4[] = MACS "08 00 " V4("00 1c", "40 00") PORTS;
	static const char v6[] = MACS "86 dd " V6("00 08", "11") PORTS;
	static const char arp[] = MACS "08 06 00 01 08 00 06 04 00 01";

	(void)state;
	found(KEY_LINK_ETHERNET, "source", v4, "192.0.2.1");
	found(KEY_LINK_ETHERNET, "destination", v4, "198.51.100.2");
	found(KEY_LINK_ETHERNET, "source-port", v4, "12345");
	found(KEY_LINK_ETHERNET, "port", v4, "53");
	found(KEY_LINK_ETHERNET, "mac", v4, "02:00:00:00:00:05");
	found(KEY_LINK_ETHERNET, "destination-mac", v4, "02:00:00:00:00:0d");
	keyless(KEY_LINK_ETHERNET, "vlan", v4);
	found(KEY_LINK_ETHERNET, "source", v6, "2001:db8::1");
	found(KEY_LINK_ETHERNET, "destination,port", v6, "2001:db8::2 53");
	found(KEY_LINK_ETHERNET, "port,mac,source", v6,
	    "53 02:00:00:00:00:05 2001:db8::1");
	found(KEY_LINK_ETHERNET, "source/20/32,port", v4, "192.0.0.0/20 53");
	found(KEY_LINK_ETHERNET, "source/20/33", v6, "2001:db8::/33");
	found(KEY_LINK_ETHERNET, "destination/0/0", v4, "0.0.0.0/0");
	found(KEY_LINK_ETHERNET, "destination/0/0", v6, "::/0");
	keyless(KEY_LINK_ETHERNET, "source", arp);
	keyless(KEY_LINK_ETHERNET, "mac,source", arp);
	found(KEY_LINK_ETHERNET, "mac", arp, "02:00:00:00:00:05");
}

static void
tags(void **state)
{
	static const char one[] =
	    MACS "81 00 60 11 08 00 " V4("00 1c", "40 00") PORTS;
	static const char two[] =
	    MACS "88 a8 00 02 81 00 0f ff 08 00 " V4("00 1c", "40 00") PORTS;
	static const char three[] = MACS
	    "88 a8 00 02 81 00 00 03 81 00 00 04 08 00 " V4("00 1c", "40 00")
		PORTS;
	struct key_spec ks = spec("vlan");
	struct key_packet p = { .pk_link = KEY_LINK_ETHERNET };
	uint8_t data[256];
	struct key key;
	char buf[KEY_TEXT];

	(void)state;
	found(KEY_LINK_ETHERNET, "vlan,source", one, "17 192.0.2.1");
	found(KEY_LINK_ETHERNET, "vlan,port", two, "2 53");
	found(KEY_LINK_ETHERNET, "vlan", three, "2");
	keyless(KEY_LINK_ETHERNET, "source", three);
	p.pk_captured = p.pk_length = bytes(one, data);
	p.pk_bytes = data;
	p.pk_tagged = true;
	p.pk_tag = 0xe0ff;
	assert_int_equal(key_extract(&ks, &p, &key), KEY_FOUND);
	key_text(&ks, &key, buf, sizeof(buf));
	assert_string_equal(buf, "255");
}

static void
other_links(void **state)
{
	static const char v4[] = V4("00 1c", "40 00") PORTS;
	static const char v6[] = V6("00 08", "11") PORTS;

	(void)state;
	found(KEY_LINK_IP, "source,port", v4, "192.0.2.1 53");
	found(KEY_LINK_IP, "source,port", v6, "2001:db8::1 53");
	keyless(KEY_LINK_IP, "mac", v4);
	keyless(KEY_LINK_OTHER, "source", v4);
	found(KEY_LINK_FAMILY, "source", "02 00 00 00 " V4("00 1c", "40 00"),
	    "192.0.2.1");
	found(KEY_LINK_FAMILY, "source", "00 00 00 18 " V6("00 00", "3b"),
	    "2001:db8::1");
	keyless(KEY_LINK_FAMILY, "source", "00 00 00 07 " V4("00 1c", "40 00"));
	found(KEY_LINK_SLL, "source",
	    "00 00 00 01 00 06 02 00 00 00 00 05 00 00 08 00 " V4(
		"00 1c", "40 00"),
	    "192.0.2.1");
	found(KEY_LINK_SLL2, "source",
	    "08 00 00 00 00 00 00 02 00 01 00 06 02 00 00 00 00 05 00 00 " V4(
		"00 1c", "40 00"),
	    "192.0.2.1");
	found(KEY_LINK_SLL2, "source,vlan",
	    "81 00 00 00 00 00 00 02 00 01 00 06 02 00 00 00 00 05 00 00 "
	    "00 09 08 00 " V4("00 1c", "40 00"),
	    "192.0.2.1 9");
	found(KEY_LINK_PPP, "source", "ff 03 00 21 " V4("00 1c", "40 00"),
	    "192.0.2.1");
	found(
	    KEY_LINK_PPP, "source", "00 57 " V6("00 00", "3b"), "2001:db8::1");
	keyless(KEY_LINK_PPP, "source", "c0 21 01 01 00 08 " V4("00 1c", "00"));
	found(KEY_LINK_PFLOG, "source",
	    "05 02 00 00 00 00 00 00 " V4("00 1c", "40 00"), "192.0.2.1");
}

static void
fragments(void **state)
{
	(void)state;
	found(KEY_LINK_IP, "port", V4("00 1c", "20 00") PORTS, "53");
	keyless(KEY_LINK_IP, "port", V4("00 1c", "20 b9") PORTS);
	keyless(KEY_LINK_IP, "port", V4("00 1c", "00 b9") PORTS);
	found(KEY_LINK_IP, "source", V4("00 1c", "00 b9") PORTS, "192.0.2.1");
	found(KEY_LINK_IP, "port",
	    V6("00 10", "2c") "11 00 00 01 00 00 00 01 " PORTS, "53");
	keyless(KEY_LINK_IP, "port",
	    V6("00 10", "2c") "11 00 00 08 00 00 00 01 " PORTS);
	found(KEY_LINK_IP, "source",
	    V6("00 10", "2c") "11 00 00 08 00 00 00 01 " PORTS, "2001:db8::1");
}

#define EXTENSION(next) next " 00 01 04 00 00 00 00 "

static void
extensions(void **state)
{
	(void)state;
	/* Hop by hop, 16 bytes; routing; authentication, 16 bytes; options. */
	found(KEY_LINK_IP, "port",
	    V6("00 40", "00") "2b 01 01 0c 00 00 00 00 00 00 00 00 00 00 00 00 "
			      "33 00 00 00 00 00 00 00 "
			      "3c 02 00 00 00 00 00 01 00 00 00 01 00 00 00 00 "
			      "11 00 01 04 00 00 00 00 " PORTS,
	    "53");
	found(KEY_LINK_IP, "port",
	    V6("00 48", "3c") EXTENSION("3c") EXTENSION("3c") EXTENSION("3c")
		EXTENSION("3c") EXTENSION("3c") EXTENSION("3c") EXTENSION("3c")
		    EXTENSION("11") PORTS,
	    "53");
	keyless(KEY_LINK_IP, "port",
	    V6("00 50", "3c") EXTENSION("3c") EXTENSION("3c") EXTENSION("3c")
		EXTENSION("3c") EXTENSION("3c") EXTENSION("3c") EXTENSION("3c")
		    EXTENSION("3c") EXTENSION("11") PORTS);
	/* Encrypted, nothing, ICMPv6. */
	keyless(KEY_LINK_IP, "port", V6("00 08", "32") PORTS);
	keyless(KEY_LINK_IP, "port", V6("00 08", "3b") PORTS);
	keyless(KEY_LINK_IP, "port", V6("00 08", "3a") PORTS);
}

static void
damaged(void **state)
{
	(void)state;
	keyless(KEY_LINK_ETHERNET, "source",
	    MACS "86 dd " V4("00 1c", "40 00") PORTS);
	keyless(
	    KEY_LINK_ETHERNET, "source", MACS "08 00 " V6("00 08", "11") PORTS);
	keyless(KEY_LINK_IP, "source",
	    "44 00 00 1c 00 00 00 00 40 11 00 00 c0 00 02 01 c6 33 64 02");
	keyless(KEY_LINK_IP, "source",
	    "45 00 00 1c 00 00 00 00 40 11 00 00 c0 00 02 01 c6 33 64");
	/* What is behind the packet's length is padding. */
	keyless(KEY_LINK_IP, "port", V4("00 17", "40 00") PORTS);
	found(KEY_LINK_IP, "port", V4("00 18", "40 00") PORTS, "53");
	found(KEY_LINK_IP, "port", V4("00 00", "40 00") PORTS, "53");
	keyless(KEY_LINK_IP, "port", V6("00 03", "11") PORTS);
	found(KEY_LINK_IP, "port", V6("00 00", "11") PORTS, "53");
	/* Options. */
	found(KEY_LINK_IP, "port",
	    "46 00 00 20 00 00 00 00 40 11 00 00 c0 00 02 01 c6 33 64 02 "
	    "01 01 01 01 " PORTS,
	    "53");
	keyless(KEY_LINK_IP, "port",
	    "4f 00 00 20 00 00 00 00 40 11 00 00 c0 00 02 01 c6 33 64 02 "
	    "01 01 01 01 " PORTS);
}

static void
cut(void **state)
{
	static const char udp[] =
	    "45 00 00 1c 00 00 00 00 40 11 00 00 c0 00 02 01 c6 33 64 02";
	static const char icmp[] =
	    "45 00 00 1c 00 00 00 00 40 01 00 00 c0 00 02 01 c6 33 64 02";

	(void)state;
	check(KEY_LINK_IP, "source", udp, 8, KEY_FOUND, "192.0.2.1");
	check(KEY_LINK_IP, "port", udp, 8, KEY_CUT, NULL);
	check(KEY_LINK_IP, "port", udp, 3, KEY_NONE, NULL);
	check(KEY_LINK_IP, "port", icmp, 8, KEY_NONE, NULL);
	check(KEY_LINK_IP, "port,mac", udp, 8, KEY_NONE, NULL);
	check(KEY_LINK_ETHERNET, "source", "02 00", 60, KEY_CUT, NULL);
	check(KEY_LINK_ETHERNET, "source", "02 00", 0, KEY_NONE, NULL);
	check(KEY_LINK_ETHERNET, "vlan", MACS, 60, KEY_CUT, NULL);
	check(KEY_LINK_ETHERNET, "vlan", MACS "81 00", 60, KEY_CUT, NULL);
	check(KEY_LINK_ETHERNET, "vlan", MACS "08 00", 60, KEY_NONE, NULL);
	check(
	    KEY_LINK_ETHERNET, "mac", MACS, 60, KEY_FOUND, "02:00:00:00:00:05");
}

/* A packet is not shorter than what is there of it. */
static void
false_length(void **state)
{
	struct key_spec ks = spec("source,port");
	struct key_packet p = { .pk_link = KEY_LINK_IP };
	uint8_t data[256];
	struct key key;

	(void)state;
	p.pk_captured = bytes(V4("00 1c", "40 00") PORTS, data);
	p.pk_bytes = data;
	assert_int_equal(key_extract(&ks, &p, &key), KEY_FOUND);
}

static void
reach(void **state)
{
	struct key_spec ks = spec("source");

	(void)state;
	assert_int_equal(key_extract_reach(&ks, KEY_LINK_ETHERNET), 46);
	assert_int_equal(key_extract_reach(&ks, KEY_LINK_IP), 24);
	ks = spec("port,destination");
	assert_int_equal(key_extract_reach(&ks, KEY_LINK_ETHERNET), 86);
	assert_int_equal(key_extract_reach(&ks, KEY_LINK_OTHER), 0);
	ks = spec("destination");
	assert_int_equal(key_extract_reach(&ks, KEY_LINK_ETHERNET), 62);
	ks = spec("mac");
	assert_int_equal(key_extract_reach(&ks, KEY_LINK_ETHERNET), 22);
}

static void
links(void **state)
{
	(void)state;
	assert_int_equal(key_link(DLT_EN10MB), KEY_LINK_ETHERNET);
	assert_int_equal(key_link(DLT_RAW), KEY_LINK_IP);
	assert_int_equal(key_link(DLT_NULL), KEY_LINK_FAMILY);
	assert_int_equal(key_link(DLT_PFLOG), KEY_LINK_PFLOG);
	assert_int_equal(key_link(DLT_IEEE802_11), KEY_LINK_OTHER);
	assert_int_equal(key_link(-1), KEY_LINK_OTHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet),
		cmocka_unit_test(tags),
		cmocka_unit_test(other_links),
		cmocka_unit_test(fragments),
		cmocka_unit_test(extensions),
		cmocka_unit_test(damaged),
		cmocka_unit_test(cut),
		cmocka_unit_test(false_length),
		cmocka_unit_test(reach),
		cmocka_unit_test(links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
