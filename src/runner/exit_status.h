/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* The status of an ended process, as wait(2) gives it, in words. */
#ifndef EXIT_STATUS_H
#define EXIT_STATUS_H

#include <stddef.h>

#include "base/log.h"

/* Bytes for the text of a status. */
#define EXIT_STATUS_TEXT 48

/* Writes "3" or "signal 9 (Killed)" to buf; returns buf. */
const char *exit_status_text(int status, char *buf, size_t len);

/* Returns the fact "status": the number 3, or the text "signal 9" in buf. */
struct log_fact exit_status_fact(int status, char *buf, size_t len);

#endif
