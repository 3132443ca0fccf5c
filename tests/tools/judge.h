/*
 * Two judges on one interface, a classic program and its translation, see the
 * very same packets; a third socket keeps them all.
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
	int j_error; /* errno of the last program that was strange */
};

/* What happened to one packet. */
struct verdict {
	unsigned char v_data[4096]; /* as a filter sees it */
	size_t v_len;
	uint16_t v_protocol; /* what the kernel tells of it besides */
	uint16_t v_hardware;
	uint32_t v_ifindex;
	uint8_t v_type;
	unsigned int v_classic; /* how often it was accepted */
	unsigned int v_extended;
};

/*
 * type is SOCK_RAW or SOCK_DGRAM.  A frame that is sent on the interface
 * `sender` is judged on the interface `receiver`.
 */
void judge_open(
    struct judge *, int type, const char *sender, const char *receiver);
void judge_close(struct judge *);

/*
 * The program that judges from now on.  NULL, or what is strange; that it is
 * refused, or too long for the memory that a socket may have, is in *refused.
 */
const char *judge_by(
    struct judge *, const struct sock_filter *, size_t n, int *refused);

/* Sends a frame; 0, or -1 when it cannot be sent or does not arrive. */
int judge_frame(
    struct judge *, const unsigned char *, size_t len, struct verdict *);

/* Numbers that are the same in each run. */
uint32_t chance(uint32_t below);
void chance_seed(uint64_t);

/* A frame of Ethernet, by chance; its length, at most FRAME_MAX. */
#define FRAME_MAX 2000
size_t frame(unsigned char *);

#endif
