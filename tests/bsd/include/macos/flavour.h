/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* macOS, from its source code. */
#define FL_CLONES	     0
#define FL_BUFFER	     4096U
#define FL_BUFFER_MAX	     (32U << 20)
#define FL_EMPTY_READ	     EAGAIN
#define FL_NO_FILTER_REJECTS 0
#define FL_LOCK_BINDS_ROOT   0
#define FL_WAIT		     WAIT_TIMER
#define FL_GONE_POLL	     POLLIN
#define FL_GONE_WAKES	     1
#define FL_GONE_READ	     ENXIO
#define FL_GONE_KEEPS	     0
#define FL_GONE_IOCTL	     ENXIO
#define FL_POLL		     0
#define FL_SEQPACKET	     0
#define FL_LOOPBACK	     OUT
#define FL_RECV_AFTER	     1
#define FL_OPEN_NONBLOCK     1
#define FL_LOCKED_FIONBIO    1
#define FL_ZERO_CLONES	     0
