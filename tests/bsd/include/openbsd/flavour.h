/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* OpenBSD 7.8, measured. */
#define FL_CLONES	     1
#define FL_BUFFER	     32768U
#define FL_BUFFER_MAX	     (2U << 20)
#define FL_EMPTY_READ	     0
#define FL_NO_FILTER_REJECTS 0
#define FL_LOCK_BINDS_ROOT   0
#define FL_WAIT		     WAIT_STATE
#define FL_GONE_POLL	     (POLLIN | POLLHUP)
#define FL_GONE_WAKES	     1
#define FL_GONE_READ	     EIO
#define FL_GONE_KEEPS	     0
#define FL_GONE_IOCTL	     ENOTTY
#define FL_POLL		     1
#define FL_SEQPACKET	     1
#define FL_LOOPBACK	     OUT
#define FL_RECV_AFTER	     0
#define FL_OPEN_NONBLOCK     1
#define FL_LOCKED_FIONBIO    1
#define FL_ZERO_CLONES	     1
