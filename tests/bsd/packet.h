/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The packets of the model's network. */
#ifndef PACKET_H
#define PACKET_H

#include <stdint.h>

/* Bytes of the longest packet. */
#define PACKET_MAX 128

enum packet_form {
	PACKET_IP,    /* IPv4: TCP to port 80 or UDP to port 53, in turn */
	PACKET_CHAIN, /* IPv6: UDP behind many extension headers */
	PACKET_ARP
};

struct packets {
	unsigned int ps_dlt;
	enum packet_form ps_form;
	uint64_t ps_sources; /* 1 or more source addresses, from 10.0.0.1 or
				fd00::1 on */
};

/* Writes packet number i to PACKET_MAX bytes.  Returns its length. */
uint32_t packet_write(unsigned char *, const struct packets *, uint64_t i);

/* Returns the form of a word: ip, chain or arp; -1: none. */
int packet_form(const char *word);

#endif
