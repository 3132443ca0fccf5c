/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <string.h>

#include "classic_input.h"

#define HEAD 2

int
cbpf_input_read(struct classic_input *ci, const uint8_t *data, size_t len)
{
	size_t n;

	memset(ci, 0, sizeof(*ci));
	if (len < HEAD + sizeof(ci->ci_insns[0]))
		return -1;
	ci->ci_repeats = data[0];
	n = data[1];
	data += HEAD;
	len -= HEAD;
	if (n > len / sizeof(ci->ci_insns[0]))
		n = len / sizeof(ci->ci_insns[0]);
	ci->ci_n = (uint8_t)n;
	memcpy(ci->ci_insns, data, n * sizeof(ci->ci_insns[0]));
	data += n * sizeof(ci->ci_insns[0]);
	len -= n * sizeof(ci->ci_insns[0]);
	ci->ci_len = len < INPUT_FRAME ? len : INPUT_FRAME;
	memcpy(ci->ci_frame, data, ci->ci_len);
	return n == 0 ? -1 : 0;
}

size_t
cbpf_input_write(const struct classic_input *ci, uint8_t *data, size_t max)
{
	size_t insns = ci->ci_n * sizeof(ci->ci_insns[0]);

	if (HEAD + insns + ci->ci_len > max)
		return 0;
	data[0] = ci->ci_repeats;
	data[1] = ci->ci_n;
	memcpy(data + HEAD, ci->ci_insns, insns);
	memcpy(data + HEAD + insns, ci->ci_frame, ci->ci_len);
	return HEAD + insns + ci->ci_len;
}

size_t
cbpf_input_program(const struct classic_input *ci, struct sock_filter *f)
{
	size_t body = ci->ci_n - 1U, i, n;

	n = body * (ci->ci_repeats + 1U) + 1;
	if (n > BPF_MAXINSNS + 1)
		n = BPF_MAXINSNS;
	for (i = 0; i < n - 1; i++)
		f[i] = ci->ci_insns[i % body];
	f[n - 1] = ci->ci_insns[body];
	return n;
}
