/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#ifndef CROSS_SYSLOG_H
#define CROSS_SYSLOG_H

#define LOG_WARNING 4
#define LOG_INFO    6
#define LOG_DEBUG   7
#define LOG_DAEMON  (3 << 3)
#define LOG_PID	    0x01
#define LOG_NDELAY  0x08

void closelog(void);
void openlog(const char *, int, int);
void syslog(int, const char *, ...) __attribute__((format(printf, 2, 3)));

#endif
