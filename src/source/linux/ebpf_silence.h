/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/* Linux: the stage of the counting program for silences. */
#ifndef EBPF_SILENCE_H
#define EBPF_SILENCE_H

struct ebpf_code;

/*
 * Appends instructions that store the packet's time in sm_last, and count the
 * silence before the packet for each ss_time up to the length of the silence.
 * Expects SLOT; destroys RESULT and ARG1 to ARG5.
 */
void ebpf_silence(struct ebpf_code *);

#endif
