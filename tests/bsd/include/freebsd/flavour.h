/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* FreeBSD 14, measured. */
#define FL_CLONES	     1
#define FL_BUFFER	     4096U
#define FL_BUFFER_MAX	     (512U << 10)
#define FL_EMPTY_READ	     EAGAIN
#define FL_NO_FILTER_REJECTS 0
#define FL_LOCK_BINDS_ROOT   1
#define FL_WAIT		     WAIT_TIMER
#define FL_GONE_POLL	     POLLIN
#define FL_GONE_WAKES	     1
#define FL_GONE_READ	     ENXIO
#define FL_GONE_KEEPS	     1
#define FL_GONE_IOCTL	     0
#define FL_POLL		     1
#define FL_SEQPACKET	     1
#define FL_LOOPBACK	     IN
#define FL_RECV_AFTER	     1
#define FL_OPEN_NONBLOCK     1
#define FL_LOCKED_FIONBIO    0
#define FL_ZERO_CLONES	     0
