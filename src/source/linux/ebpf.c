/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>

#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "source/linux/ebpf.h"
#include "source/linux/ebpf_insn.h"
#include "source/linux/slots.h"

/* Loads the program for a filter.  Returns its descriptor, or -1 and errno. */
static int
load_program(const struct slots *slots, size_t unit,
    const struct ebpf_what *what, const struct sock_filter *filter, size_t n)
{
	struct ebpf_code *code;
	int fd = -1;

	if ((code = malloc(sizeof(*code))) == NULL)
		return -1;
	if (ebpf_program(code, filter, n, what, slots, unit) == 0) {
		if (code->ec_len <= EBPF_MAX)
			fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER,
			    "bpfstatsd", "ISC", code->ec_insns, code->ec_len,
			    NULL);
		else
			errno = E2BIG;
	} else
		errno = ENOTSUP;
	free(code);
	return fd < 0 ? -1 : fd; /* libbpf returns a negative errno */
}

int
ebpf_attach(const struct slots *slots, size_t unit,
    const struct ebpf_what *what, const struct sock_filter *filter, size_t n,
    int sock)
{
	int fd, result, saved;

	if ((fd = load_program(slots, unit, what, filter, n)) == -1)
		return -1;
	result = setsockopt(sock, SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd));
	saved = errno;
	/* The socket keeps the program, and the program keeps its maps. */
	close(fd);
	errno = saved;
	return result;
}

const char *
ebpf_problem(int error)
{
	switch (error) {
	case E2BIG:
		return "only the extended filter counts bytes, and this filter "
		       "is too long for it; use a shorter one";
	case ENOMEM:
		return "only the extended filter counts bytes, and there is "
		       "not enough memory for it";
	case ENOTSUP:
		return "only the extended filter counts bytes, and this filter "
		       "cannot be translated for it; rewrite the filter";
	default:
		return "only the extended filter counts bytes, and that needs "
		       "CAP_BPF and Linux 5.12";
	}
}
