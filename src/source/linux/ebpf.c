/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/socket.h>

#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "source/linux/ebpf.h"
#include "source/linux/ebpf_insn.h"

int
ebpf_open(const struct ebpf_code *c)
{
	/* libbpf returns a negative errno. */
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "bpfstatsd", "ISC",
	    c->ec_insns, c->ec_len, NULL);

	return fd < 0 ? -1 : fd;
}

int
ebpf_attach(const struct ebpf_code *c, int sock)
{
	int fd, result, saved;

	if ((fd = ebpf_open(c)) == -1)
		return -1;
	result = setsockopt(sock, SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd));
	saved = errno;
	/* The socket keeps the program, and the program keeps its maps. */
	close(fd);
	errno = saved;
	return result;
}

int
ebpf_array(size_t entries)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "bpfstatsd",
	    sizeof(uint32_t), sizeof(uint32_t), (uint32_t)entries, NULL);

	return fd < 0 ? -1 : fd;
}

int
ebpf_array_set(int array_fd, size_t entry, int prog_fd)
{
	const uint32_t key = (uint32_t)entry;

	return bpf_map_update_elem(array_fd, &key, &prog_fd, BPF_ANY) < 0 ? -1 :
									    0;
}

void
ebpf_array_clear(int array_fd, size_t entry)
{
	const uint32_t key = (uint32_t)entry;

	/* ENOENT: the entry is empty. */
	(void)bpf_map_delete_elem(array_fd, &key);
}

const char *
ebpf_problem(const char *what, int error)
{
	static char text[256];
	const char *why;

	switch (error) {
	case E2BIG:
		why = "this filter is too long for it; use a shorter one";
		break;
	case ENOMEM:
		why = "there is not enough memory for it";
		break;
	case ENOTSUP:
		why = "this filter cannot be translated for it; rewrite the "
		      "filter";
		break;
	default:
		why = "that needs CAP_BPF and Linux 5.12";
		break;
	}
	snprintf(
	    text, sizeof(text), "only the extended filter %s: %s", what, why);
	return text;
}
