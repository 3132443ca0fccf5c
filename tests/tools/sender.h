/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Shared by tools that send packets.  All functions exit on an error. */
#ifndef SENDER_H
#define SENDER_H

#include <sys/socket.h>

#include <stdbool.h>

/* Size of the smallest Ethernet frame without its checksum; bytes. */
#define SENDER_FRAME_SIZE 60

/* A broadcast of an experimental Ethernet type, which no protocol handles. */
#define SENDER_FRAME                                                       \
	{                                                                  \
		255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 0, 0x88, 0xb5 \
	}

/*
 * Opens a packet socket that sends on an interface.  bypass: without the
 * interface's queueing discipline.
 */
int sender_open(const char *interface, bool bypass);

/* Binds the process to a processor. */
void sender_pin(int processor);

/*
 * Sends n messages, and again those for which there was no room.  A refused
 * connection is no error: nothing listens, or a firewall rejects the packet.
 */
void sender_send(int sock, struct mmsghdr *, unsigned int n);

/* Sends `count` messages in batches of n equal ones; prints number and time. */
void sender_flood(
    int sock, struct mmsghdr *, unsigned int n, unsigned long long count);

#endif
