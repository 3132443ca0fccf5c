/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * Compares a classic program with its translation, which is in a joint program
 * with those that were judged before: two packet sockets on one interface run
 * them on the same packets, a third socket receives all packets.
 * Functions exit on errors that are not a result.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include <stddef.h>
#include <stdint.h>

struct sock_filter;

struct judge {
	int j_sender;
	int j_all;
	int j_classic;
	int j_extended;
	int j_array; /* PROG_ARRAY with the joint program */
	int j_error; /* errno of the last difference of judge_by */
};

/* Result for a packet. */
struct verdict {
	unsigned char v_data[4096]; /* as received, and as filters see it */
	size_t v_len;		    /* bytes */
	uint16_t v_protocol;	    /* metadata, of struct sockaddr_ll */
	uint16_t v_hardware;
	uint32_t v_ifindex;
	uint8_t v_type;
	unsigned int v_classic; /* times accepted; 2 at most, on loopback */
	unsigned int v_extended;
};

/*
 * Opens the sockets.  type: SOCK_RAW or SOCK_DGRAM.  Frames sent on the
 * interface `sender` are received on the interface `receiver`.
 */
void judge_open(
    struct judge *, int type, const char *sender, const char *receiver);
void judge_close(struct judge *);

/*
 * Attaches a program and its translation.  Sets *refused if both are rejected,
 * or if one is too long for the socket's memory limit.  Returns NULL, or the
 * difference if only one of the two is rejected.
 */
const char *judge_by(
    struct judge *, const struct sock_filter *, size_t n, int *refused);

/* Sends a frame.  Returns 0, or -1 if it cannot be sent or does not arrive. */
int judge_frame(
    struct judge *, const unsigned char *, size_t len, struct verdict *);

/* Pseudo-random numbers, the same in each run. */
uint32_t chance(uint32_t below);
void chance_seed(uint64_t);

/* Writes a random Ethernet frame.  Returns its length, at most FRAME_MAX. */
#define FRAME_MAX 2000
size_t frame(unsigned char *);

#endif
