/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

/*
 * xdp_drop interface generic|native: attaches an XDP program that drops every
 * packet that arrives.  It stays with the interface.
 */
#include <net/if.h>

#include <linux/bpf.h>
#include <linux/if_link.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <string.h>

int
main(int argc, char *argv[])
{
	const struct bpf_insn drop[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_DROP },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	__u32 flags;
	int index, program;

	if (argc != 3)
		errx(2, "usage: xdp_drop interface generic|native");
	if ((index = (int)if_nametoindex(argv[1])) == 0)
		err(1, "%s", argv[1]);
	flags = strcmp(argv[2], "native") == 0 ? XDP_FLAGS_DRV_MODE :
						 XDP_FLAGS_SKB_MODE;
	program = bpf_prog_load(BPF_PROG_TYPE_XDP, "drop", "ISC", drop,
	    sizeof(drop) / sizeof(drop[0]), NULL);
	if (program < 0)
		err(1, "XDP program");
	if (bpf_xdp_attach(index, program, flags, NULL) != 0)
		err(1, "%s: XDP", argv[1]);
	return 0;
}
