/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/key_text.h"

static const struct {
	const char *w_kind;
	const char *w_variable;
} words[KEY_KINDS] = {
	[KEY_SOURCE] = { "source", "BPFSTATSD_SOURCE" },
	[KEY_DESTINATION] = { "destination", "BPFSTATSD_DESTINATION" },
	[KEY_SOURCE_PORT] = { "source-port", "BPFSTATSD_SOURCE_PORT" },
	[KEY_PORT] = { "port", "BPFSTATSD_PORT" },
	[KEY_MAC] = { "mac", "BPFSTATSD_MAC" },
	[KEY_DESTINATION_MAC] = { "destination-mac",
	    "BPFSTATSD_DESTINATION_MAC" },
	[KEY_VLAN] = { "vlan", "BPFSTATSD_VLAN" },
};

const char *
key_text_kind(enum key_kind kind)
{
	return words[kind].w_kind;
}

const char *
key_text_variable(enum key_kind kind)
{
	return words[kind].w_variable;
}

/* Appends to buf, which holds a string. */
__attribute__((format(printf, 3, 4))) static void
append(char *buf, size_t len, const char *format, ...)
{
	size_t used = strlen(buf);
	va_list ap;

	va_start(ap, format);
	vsnprintf(buf + used, len - used, format, ap);
	va_end(ap);
}

static void
append_address(const struct key_part *part, bool v6, const uint8_t *bytes,
    char *buf, size_t len)
{
	char text[INET6_ADDRSTRLEN];
	unsigned int bits = v6 ? part->kp_v6 : part->kp_v4;

	if (inet_ntop(v6 ? AF_INET6 : AF_INET, bytes, text, sizeof(text)) ==
	    NULL)
		return;
	append(buf, len, "%s", text);
	if (bits < (v6 ? KEY_V6_BITS : KEY_V4_BITS))
		append(buf, len, "/%u", bits);
}

static void
append_part(const struct key_spec *ks, const struct key *key, size_t i,
    char *buf, size_t len)
{
	const struct key_part *part = &ks->ks_parts[i];
	const uint8_t *b = key->k_bytes + key_place(ks, i);

	if (key_is_address(part->kp_kind))
		append_address(part, key->k_bytes[0] == 6, b, buf, len);
	else if (key_width(part->kp_kind) == 2)
		append(buf, len, "%d", b[0] << 8 | b[1]);
	else
		append(buf, len, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1],
		    b[2], b[3], b[4], b[5]);
}

void
key_text_part(const struct key_spec *ks, const struct key *key, size_t part,
    char *buf, size_t len)
{
	buf[0] = '\0';
	append_part(ks, key, part, buf, len);
}

void
key_text(
    const struct key_spec *ks, const struct key *key, char *buf, size_t len)
{
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < ks->ks_n; i++) {
		if (i > 0)
			append(buf, len, " ");
		append_part(ks, key, i, buf, len);
	}
}

void
key_text_spec(const struct key_spec *ks, char *buf, size_t len)
{
	const struct key_part *part;
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < ks->ks_n; i++) {
		part = &ks->ks_parts[i];
		append(buf, len, "%s%s", i > 0 ? ", " : "",
		    words[part->kp_kind].w_kind);
		if (!key_is_address(part->kp_kind))
			continue;
		if (part->kp_v4 < KEY_V4_BITS || part->kp_v6 < KEY_V6_BITS)
			append(buf, len, "/%d", part->kp_v4);
		if (part->kp_v6 < KEY_V6_BITS)
			append(buf, len, "/%d", part->kp_v6);
	}
}

/*
 * Reads "/" and a number up to `max`, if there is one; *text moves behind.
 * Returns false if the text is something else.
 */
static bool
read_bits(const char **text, unsigned int max, uint8_t *bits)
{
	const char *s = *text;
	unsigned int n = 0;

	*bits = (uint8_t)max;
	if (*s == '\0')
		return true;
	if (*s++ != '/' || *s < '0' || *s > '9' || (*s == '0' && s[1] > '/'))
		return false;
	for (; *s >= '0' && *s <= '9' && n <= max; s++)
		n = 10 * n + (unsigned int)(*s - '0');
	*bits = (uint8_t)n;
	*text = s;
	return n <= max;
}

/* Reads the prefixes of an address, or nothing for another part. */
static const char *
read_prefixes(struct key_part *part, const char *text)
{
	if (!key_is_address(part->kp_kind))
		return *text == '\0' ?
		    NULL :
		    "not a prefix; only source and destination have prefixes";
	if (!read_bits(&text, KEY_V4_BITS, &part->kp_v4))
		return "not a prefix of 0 to 32 bits for IPv4";
	if (!read_bits(&text, KEY_V6_BITS, &part->kp_v6) || *text != '\0')
		return "not a prefix of 0 to 128 bits for IPv6";
	return NULL;
}

const char *
key_text_add(struct key_spec *ks, const char *text)
{
	struct key_part part = { 0 };
	const char *why;
	size_t i, n = strcspn(text, "/");

	while (strlen(words[part.kp_kind].w_kind) != n ||
	    strncmp(words[part.kp_kind].w_kind, text, n) != 0)
		if (++part.kp_kind == KEY_KINDS)
			return "not source, destination, source-port, port, "
			       "mac, destination-mac or vlan";
	if ((why = read_prefixes(&part, text + n)) != NULL)
		return why;
	for (i = 0; i < ks->ks_n; i++)
		if (ks->ks_parts[i].kp_kind == part.kp_kind)
			return "given twice";
	if (ks->ks_n == KEY_PARTS)
		return "more than 4 parts";
	ks->ks_parts[ks->ks_n++] = part;
	return NULL;
}
